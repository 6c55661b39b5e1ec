# From the generated files to what the rest of this folder loops over.

locals {
  manifest = jsondecode(file("${path.module}/functions.json"))
  url_map  = jsondecode(file("${path.module}/url_map.json"))
  measures = jsondecode(file("${path.module}/metrics.json"))
  indexes  = jsondecode(file("${path.module}/firestore.indexes.json"))

  production = var.environment == "prod"
  # Data outlives `terraform destroy` everywhere but where nothing real is kept.
  protected = var.environment != "dev"

  public_kinds = ["http", "webhook"]

  megabytes = {
    for name, entry in local.manifest : name =>
    endswith(entry.memory, "Gi") ? tonumber(trimsuffix(entry.memory, "Gi")) * 1024 : tonumber(trimsuffix(entry.memory, "Mi"))
  }

  own_functions = {
    for name, entry in local.manifest : name => {
      target      = entry.target
      kind        = entry.kind
      domain      = entry.domain
      access      = entry.access
      public      = contains(local.public_kinds, entry.kind)
      concurrency = entry.concurrency
      timeout     = entry.timeout
      memory      = "${local.megabytes[name]}Mi"
      secrets     = entry.secrets
      sidecars    = [for used in entry.uses : used if contains(keys(local.sidecars), used)]
    }
  }

  in_domain = {
    for domain in local.url_map.domains : domain =>
    [for name, entry in local.manifest : name if entry.domain == domain && contains(local.public_kinds, entry.kind)]
  }

  # One more function per domain, for aliases and the other prefixes: it can do what the most demanding of them needs.
  domain_functions = {
    for domain, names in local.in_domain : "${replace(domain, "_", "-")}-all" => {
      target      = "${domain}_all"
      kind        = "http"
      domain      = domain
      access      = "as each endpoint says"
      public      = true
      concurrency = min([for name in names : local.manifest[name].concurrency]...)
      timeout     = max([for name in names : local.manifest[name].timeout]...)
      memory      = "${max([for name in names : local.megabytes[name]]...)}Mi"
      secrets     = distinct(flatten([for name in names : local.manifest[name].secrets]))
      sidecars    = []
    }
  }

  functions = merge(local.own_functions, local.domain_functions)
  domains   = toset([for entry in values(local.manifest) : entry.domain])

  public_functions = { for name, entry in local.functions : name => entry if entry.public }
  tasks            = { for name, entry in local.functions : name => entry if entry.kind == "task" }
  schedules        = { for name, entry in local.manifest : name => entry if entry.kind == "schedule" }
  queues           = toset([for entry in values(local.manifest) : entry.queue if entry.kind == "task"])

  # Cloud Tasks and Cloud Scheduler count as internal only at the address that Cloud Run gives a service itself.
  function_url = "https://{name}-${var.project_number}.${var.region}.run.app"

  public_url = "https://${var.host}"
  origins = distinct(concat(
    compact([var.frontend_url, var.admin_url]),
    var.cors_origins,
    local.production ? [] : ["http://localhost:5173", "http://localhost:3000"],
  ))

  image = "${google_artifact_registry_repository.images.location}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}/api@${var.image_digest}"
}
