locals {
  # Cloud Tasks drops a task behind its last attempt; the worker says so in the log then, by this same number
  # (shared/metrics.py, TASK_ATTEMPTS). Back-off doubles up to the longest wait, so twenty attempts last:
  task_attempts = 20
  queue_policies = {
    outbox        = { first = "1s", longest = "60s", doublings = 6, per_second = 200, at_once = 100 }  # a quarter of an hour; the sweeper begins anew
    notifications = { first = "5s", longest = "300s", doublings = 6, per_second = 100, at_once = 50 }  # over an hour
    mail          = { first = "10s", longest = "1800s", doublings = 8, per_second = 20, at_once = 10 } # six hours: a mail server's outage
    sms           = { first = "5s", longest = "300s", doublings = 6, per_second = 10, at_once = 10 }   # over an hour; Twilio queues for a number itself
    scans         = { first = "5s", longest = "600s", doublings = 7, per_second = 50, at_once = 20 }   # over an hour and a half; the daily sweep begins anew
    chats         = { first = "1s", longest = "120s", doublings = 6, per_second = 200, at_once = 50 }  # over half an hour; an inbox is brought up to date by the next message too
    calls         = { first = "1s", longest = "120s", doublings = 6, per_second = 50, at_once = 20 }   # over half an hour; a ring that comes late is a missed call all the same
    scribe        = { first = "5s", longest = "300s", doublings = 6, per_second = 10, at_once = 20 }   # over an hour; the job itself ends after AI_JOB_ATTEMPTS
    transcripts   = { first = "5s", longest = "300s", doublings = 6, per_second = 10, at_once = 10 }   # over an hour; somebody waits at first
    maintenance   = { first = "10s", longest = "600s", doublings = 6, per_second = 10, at_once = 5 }   # over two hours, and never in the way of the rest
  }
}

resource "google_cloud_tasks_queue" "queue" {
  for_each = local.queues

  name     = each.value
  location = var.region

  rate_limits {
    max_dispatches_per_second = lookup(local.queue_policies, each.value, local.queue_policies.maintenance).per_second
    max_concurrent_dispatches = lookup(local.queue_policies, each.value, local.queue_policies.maintenance).at_once
  }

  retry_config {
    max_attempts  = local.task_attempts
    min_backoff   = lookup(local.queue_policies, each.value, local.queue_policies.maintenance).first
    max_backoff   = lookup(local.queue_policies, each.value, local.queue_policies.maintenance).longest
    max_doublings = lookup(local.queue_policies, each.value, local.queue_policies.maintenance).doublings
  }

  stackdriver_logging_config {
    sampling_ratio = 1
  }

  depends_on = [google_project_service.api]
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each = local.schedules

  name             = each.key
  region           = var.region
  schedule         = each.value.schedule
  time_zone        = each.value.timeZone
  attempt_deadline = "${max(each.value.timeout, 15)}s"

  http_target {
    http_method = "POST"
    uri         = local.schedule_url[each.key]

    oidc_token {
      service_account_email = local.scheduler_account
      audience              = local.schedule_url[each.key]
    }
  }

  retry_config {
    retry_count          = 2
    min_backoff_duration = "5s"
  }

  depends_on = [module.function]
}

locals {
  schedule_url = {
    for name, entry in local.schedules : name => "${replace(local.function_url, "{name}", name)}${entry.routes[0].path}"
  }
}
