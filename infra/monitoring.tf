# What is measured and who is told.

locals {
  # Measures that happened or did not; the others are distributions of their value.
  counted = ["audit_verified", "dead_letter"]

  at_backend = "resource.type=\"https_lb_rule\""
  # These work through everything there is and are asked for by administrators; their time limit says so.
  lengthy    = [for name, entry in local.public_functions : name if entry.timeout > 60]
  answering  = join("", [for name in local.lengthy : " AND resource.labels.backend_target_name!=\"${name}\""])
  by_backend = ["resource.label.backend_target_name"]
  by_queue   = ["metric.label.queue"]

  # What people come for, counted from the line that each request ends with: which endpoints, and what to tell apart.
  outcomes = {
    bookings = { endpoints = ["book_appointment"], labels = ["status", "reason"] }
    searches = { endpoints = ["list_providers", "search_patients", "search_providers"], labels = ["endpoint", "status"] }
  }

  # Filters of series, for alerts and charts.
  requests   = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_request_count\""
  latencies  = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_latencies\""
  depth      = "resource.type=\"cloud_tasks_queue\" AND metric.type=\"cloudtasks.googleapis.com/queue/depth\""
  own_metric = { for name, metric in merge(google_logging_metric.measure, google_logging_metric.outcome) : name => "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${metric.name}\"" }

  alerts = {
    errors = {
      name     = "Error rate of an endpoint above 1 %"
      severity = "ERROR"
      conditions = [{
        name     = "5xx of all answers, by endpoint"
        filter   = "${local.requests} AND metric.labels.response_code_class=500"
        of       = local.requests
        above    = 0.01
        duration = "300s"
        aligner  = "ALIGN_RATE"
        reducer  = "REDUCE_SUM"
        by       = local.by_backend
      }]
      advice = "The endpoint is the backend named in the incident. Its log: resource.labels.service_name=\"<name>\" severity>=ERROR. After a deployment: roll back first."
    }
    latency = {
      name     = "p95 of an endpoint above 200 ms"
      severity = "WARNING"
      conditions = [{
        name     = "p95 of the backend's latency, by endpoint"
        filter   = "${local.latencies}${local.answering}"
        above    = 200
        duration = "600s"
        aligner  = "ALIGN_DELTA"
        reducer  = "REDUCE_PERCENTILE_95"
        by       = local.by_backend
      }]
      advice = "Look for slow calls (consentmd/slow_call_ms) and cold starts of the endpoint; one that starts often wants a place in min_instances."
    }
    queues = {
      name     = "Tasks are late"
      severity = "WARNING"
      conditions = [
        {
          name     = "A task began five minutes after it was due"
          filter   = local.own_metric["queue_age_seconds"]
          above    = 300
          duration = "300s"
          aligner  = "ALIGN_DELTA"
          reducer  = "REDUCE_PERCENTILE_95"
          by       = local.by_queue
        },
        {
          name     = "A queue does not get shorter"
          filter   = local.depth
          above    = 1000
          duration = "900s"
          aligner  = "ALIGN_MIN"
          reducer  = "REDUCE_MAX"
          by       = ["resource.label.queue_id"]
        },
      ]
      advice = "Nothing is lost while tasks wait. Look at the worker's errors, and at whether the vendor behind it answers."
    }
    bookings = {
      name     = "Most bookings fail"
      severity = "ERROR"
      conditions = [{
        name     = "More than half of them were not made, for a quarter of an hour"
        filter   = "${local.own_metric["bookings"]} AND metric.labels.status!=\"201\""
        of       = local.own_metric["bookings"]
        above    = 0.5
        duration = "900s"
        aligner  = "ALIGN_DELTA"
        reducer  = "REDUCE_SUM"
      }]
      advice = "The label reason says why (SLOT_NOT_AVAILABLE: many want the same slots, or lists of slots are stale). Errors of the endpoint have an alert of their own."
    }
    realtime = {
      name     = "Events reach the apps late"
      severity = "WARNING"
      conditions = [{
        name     = "Five seconds from an event's commit to the sockets"
        filter   = local.own_metric["realtime_lag_ms"]
        above    = 5000
        duration = "300s"
        aligner  = "ALIGN_DELTA"
        reducer  = "REDUCE_PERCENTILE_95"
      }]
      advice = "Nothing is lost: apps read what they missed with their cursor. Look at the gateway's processor and at realtime_listener_silent; more instances (gateway_instances) do not help a gateway that cannot follow the log."
    }
    dead_letters = {
      name     = "A task was given up"
      severity = "ERROR"
      conditions = [{
        name     = "Its last attempt failed"
        filter   = local.own_metric["dead_letter"]
        above    = 0
        duration = "0s"
        aligner  = "ALIGN_DELTA"
        reducer  = "REDUCE_SUM"
        by       = local.by_queue
      }]
      advice = "Nobody tries it again by itself. The log names the job and what it was about; mend the cause, then start it anew."
    }
    audit = {
      name     = "The audit trail does not verify"
      severity = "CRITICAL"
      conditions = [{
        name     = "An entry was changed, removed, inserted or moved after its seal"
        filter   = "${local.own_metric["audit_verified"]} AND metric.labels.outcome=\"broken\""
        above    = 0
        duration = "0s"
        aligner  = "ALIGN_DELTA"
        reducer  = "REDUCE_SUM"
      }]
      advice = "A security incident. Change nothing; docs/deploy.md says what to secure first and whom to tell."
    }
    uptime = {
      name     = "The API does not answer"
      severity = "CRITICAL"
      conditions = [{
        name     = "/health fails from more than one place"
        filter   = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.health.uptime_check_id}\""
        above    = 1
        duration = "120s"
        period   = "120s"
        aligner  = "ALIGN_NEXT_OLDER"
        reducer  = "REDUCE_COUNT_FALSE"
        by       = ["resource.label.host"]
      }]
      advice = "GET /health/ready names the dependency that is down."
    }
  }
}

resource "google_logging_metric" "outcome" {
  for_each = local.outcomes

  name   = "consentmd/${each.key}"
  filter = "resource.type=\"cloud_run_revision\" AND jsonPayload.logger=\"consentmd.requests\" AND jsonPayload.message=\"request\" AND jsonPayload.endpoint=(${join(" OR ", [for name in each.value.endpoints : "\"${name}\""])})"
  label_extractors = {
    for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "measure" {
  for_each = local.measures

  name            = "consentmd/${each.key}"
  filter          = "resource.type=\"cloud_run_revision\" AND jsonPayload.logger=\"consentmd.metrics\" AND jsonPayload.metric=\"${each.key}\""
  value_extractor = contains(local.counted, each.key) ? null : "EXTRACT(jsonPayload.value)"
  label_extractors = {
    for label in each.value : label => "EXTRACT(jsonPayload.${label})"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = contains(local.counted, each.key) ? "INT64" : "DISTRIBUTION"

    dynamic "labels" {
      for_each = each.value
      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_notification_channel" "email" {
  display_name = "On call"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.api]
}

# Thresholds: `above` for the whole `duration`, of values aligned to `period` (300s), per `by`; of a ratio where `of`
# names what it is a part of.
resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.alerts

  display_name          = each.value.name
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [google_monitoring_notification_channel.email.id]

  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.value.name
      condition_threshold {
        filter             = conditions.value.filter
        denominator_filter = try(conditions.value.of, null)
        comparison         = "COMPARISON_GT"
        threshold_value    = conditions.value.above
        duration           = conditions.value.duration
        aggregations {
          alignment_period     = try(conditions.value.period, "300s")
          per_series_aligner   = conditions.value.aligner
          cross_series_reducer = conditions.value.reducer
          group_by_fields      = try(conditions.value.by, [])
        }
        dynamic "denominator_aggregations" {
          for_each = can(conditions.value.of) ? [conditions.value] : []
          content {
            alignment_period     = try(conditions.value.period, "300s")
            per_series_aligner   = conditions.value.aligner
            cross_series_reducer = conditions.value.reducer
            group_by_fields      = try(conditions.value.by, [])
          }
        }
      }
    }
  }

  documentation {
    content = each.value.advice
  }
}

resource "google_monitoring_alert_policy" "schedules" {
  display_name          = "A scheduled function failed"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "Cloud Scheduler got no good answer"
    condition_matched_log {
      filter = "resource.type=\"cloud_scheduler_job\" AND severity>=ERROR"
    }
  }

  alert_strategy {
    auto_close = "3600s"
    notification_rate_limit {
      period = "900s"
    }
  }

  documentation {
    content = "Sealing of the audit trail and the outbox sweep run each minute: a single failure mends itself, a series does not."
  }
}

resource "google_monitoring_uptime_check_config" "health" {
  display_name     = "health"
  timeout          = "10s"
  period           = "60s"
  selected_regions = ["USA_IOWA", "USA_OREGON", "USA_VIRGINIA"]

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
    accepted_response_status_codes {
      status_value = 200
    }
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = var.host }
  }

  depends_on = [google_project_service.api]
}

resource "google_billing_budget" "monthly" {
  billing_account = var.billing_account
  display_name    = "consentmd ${var.environment}"

  budget_filter {
    projects = ["projects/${var.project_number}"]
  }

  amount {
    specified_amount {
      currency_code = "USD"
      units         = tostring(var.monthly_budget_usd)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.email.id]
  }

  depends_on = [google_project_service.api]
}
