# One service account per domain, with what the domain's functions declare they use and nothing else.

resource "google_service_account" "domain" {
  for_each = local.domains

  account_id   = "fn-${replace(each.value, "_", "-")}"
  display_name = "Functions of ${each.value}"
  depends_on   = [google_project_service.api]
}

# Cloud Tasks and Cloud Scheduler call as these; each may invoke its own functions only.
resource "google_service_account" "tasks" {
  account_id   = "cloud-tasks"
  display_name = "Caller of task workers"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "scheduler" {
  account_id   = "cloud-scheduler"
  display_name = "Caller of scheduled functions"
  depends_on   = [google_project_service.api]
}

locals {
  # Written out, so that a plan shows who may do what; the resource's own `email` is known only after it is made.
  account = {
    for domain, account in google_service_account.domain : domain => "${account.account_id}@${var.project_id}.iam.gserviceaccount.com"
  }
  tasks_account     = "${google_service_account.tasks.account_id}@${var.project_id}.iam.gserviceaccount.com"
  scheduler_account = "${google_service_account.scheduler.account_id}@${var.project_id}.iam.gserviceaccount.com"

  uses = {
    for domain in local.domains : domain =>
    distinct(flatten([for entry in values(local.manifest) : entry.uses if entry.domain == domain]))
  }

  # A change that commits outbox documents wakes the dispatcher; reads commit none.
  wakes = toset([
    for domain in local.domains : domain
    if anytrue([
      for entry in values(local.manifest) :
      entry.domain == domain && contains(local.public_kinds, entry.kind) && anytrue([for route in entry.routes : route.method != "GET"])
    ])
  ])
  # The dispatcher and the sweeper start tasks of every kind.
  dispatches = toset([for domain in local.domains : domain if contains(["tasks", "schedules"], domain)])
  enqueues = merge(
    { for domain in local.wakes : "${domain}/outbox" => { domain = domain, queue = "outbox" } },
    { for pair in setproduct(local.dispatches, local.queues) : "${pair[0]}/${pair[1]}" => { domain = pair[0], queue = pair[1] } },
  )
}

resource "google_project_iam_member" "firestore" {
  for_each = toset([for domain in local.domains : domain if contains(local.uses[domain], "firestore")])

  project = var.project_id
  role    = "roles/datastore.user"
  member  = "serviceAccount:${local.account[each.value]}"
}

# Sends push notifications. The least of Firebase's own roles that may is an administrator's.
resource "google_project_iam_custom_role" "push_sender" {
  role_id     = "pushSender"
  title       = "Push notification sender"
  description = "Sends messages by Firebase Cloud Messaging, and nothing else."
  permissions = ["cloudmessaging.messages.create"]
}

resource "google_project_iam_member" "push" {
  for_each = toset([for domain in local.domains : domain if contains(local.uses[domain], "fcm")])

  project = var.project_id
  role    = "projects/${var.project_id}/roles/${google_project_iam_custom_role.push_sender.role_id}"
  member  = "serviceAccount:${local.account[each.value]}"
}

# Vertex AI, by the workers that ask the model; nobody else.
resource "google_project_iam_member" "model" {
  for_each = toset([for domain in local.domains : domain if contains(local.uses[domain], "genai")])

  project = var.project_id
  role    = "roles/aiplatform.user"
  member  = "serviceAccount:${local.account[each.value]}"
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.enqueues

  name     = google_cloud_tasks_queue.queue[each.value.queue].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = "serviceAccount:${local.account[each.value.domain]}"
}

# Whoever creates a task names the account it will be delivered as, and needs leave to.
resource "google_service_account_iam_member" "acts_as_tasks" {
  for_each = setunion(local.wakes, local.dispatches)

  service_account_id = "projects/${var.project_id}/serviceAccounts/${local.tasks_account}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.account[each.value]}"
}

# Links to files are signed by IAM as the function's own account: no key file exists.
resource "google_service_account_iam_member" "signs_as_itself" {
  for_each = local.keeps_files

  service_account_id = "projects/${var.project_id}/serviceAccounts/${local.account[each.value]}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${local.account[each.value]}"
}
