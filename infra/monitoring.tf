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

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "Error rate of an endpoint above 1 %"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "5xx of all answers, by endpoint"
    condition_threshold {
      filter             = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_request_count\" AND metric.labels.response_code_class=500"
      denominator_filter = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_request_count\""
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.01
      duration           = "300s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_backend
      }
      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_backend
      }
    }
  }

  documentation {
    content = "The endpoint is the backend named in the incident. Its log: resource.labels.service_name=\"<name>\" severity>=ERROR. After a deployment: roll back first."
  }
}

resource "google_monitoring_alert_policy" "latency" {
  display_name          = "p95 of an endpoint above 200 ms"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "p95 of the backend's latency, by endpoint"
    condition_threshold {
      filter          = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_latencies\"${local.answering}"
      comparison      = "COMPARISON_GT"
      threshold_value = 200
      duration        = "600s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
        group_by_fields      = local.by_backend
      }
    }
  }

  documentation {
    content = "Look for slow calls (consentmd/slow_call_ms) and cold starts of the endpoint; one that starts often wants a place in min_instances."
  }
}

resource "google_monitoring_alert_policy" "queues" {
  display_name          = "Tasks are late"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "A task began five minutes after it was due"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.measure["queue_age_seconds"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 300
      duration        = "300s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
        group_by_fields      = local.by_queue
      }
    }
  }

  conditions {
    display_name = "A queue does not get shorter"
    condition_threshold {
      filter          = "resource.type=\"cloud_tasks_queue\" AND metric.type=\"cloudtasks.googleapis.com/queue/depth\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1000
      duration        = "900s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_MIN"
        cross_series_reducer = "REDUCE_MAX"
        group_by_fields      = ["resource.label.queue_id"]
      }
    }
  }

  documentation {
    content = "Nothing is lost while tasks wait. Look at the worker's errors, and at whether the vendor behind it answers."
  }
}

resource "google_monitoring_alert_policy" "bookings" {
  display_name          = "Most bookings fail"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "More than half of them were not made, for a quarter of an hour"
    condition_threshold {
      filter             = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.outcome["bookings"].name}\" AND metric.labels.status!=\"201\""
      denominator_filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.outcome["bookings"].name}\""
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.5
      duration           = "900s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = "The label reason says why (SLOT_NOT_AVAILABLE: many want the same slots, or lists of slots are stale). Errors of the endpoint have an alert of their own."
  }
}

resource "google_monitoring_alert_policy" "realtime" {
  display_name          = "Events reach the apps late"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "Five seconds from an event's commit to the sockets"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.measure["realtime_lag_ms"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 5000
      duration        = "300s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_95"
      }
    }
  }

  documentation {
    content = "Nothing is lost: apps read what they missed with their cursor. Look at the gateway's processor and at realtime_listener_silent; more instances (gateway_instances) do not help a gateway that cannot follow the log."
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  display_name          = "A task was given up"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "Its last attempt failed"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.measure["dead_letter"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = local.by_queue
      }
    }
  }

  documentation {
    content = "Nobody tries it again by itself. The log names the job and what it was about; mend the cause, then start it anew."
  }
}

resource "google_monitoring_alert_policy" "audit" {
  display_name          = "The audit trail does not verify"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "An entry was changed, removed, inserted or moved after its seal"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.measure["audit_verified"].name}\" AND metric.labels.outcome=\"broken\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = "A security incident. Change nothing; docs/deploy.md says what to secure first and whom to tell."
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

resource "google_monitoring_alert_policy" "uptime" {
  display_name          = "The API does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = [google_monitoring_notification_channel.email.id]

  conditions {
    display_name = "/health fails from more than one place"
    condition_threshold {
      filter          = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.health.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "120s"
      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  documentation {
    content = "GET /health/ready names the dependency that is down."
  }
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
