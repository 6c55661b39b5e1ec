# What is logged, for how long, and where it goes.

locals {
  # Cloud Run's and the load balancer's own request logs keep whole URLs, which can name a patient. Functions log the
  # route's template, the status and the time instead.
  request_logs = "(log_id(\"run.googleapis.com/requests\") OR (resource.type=\"http_load_balancer\" AND log_id(\"requests\")))"
}

# Reading and writing data is logged for every service, beside the administrators' activity that always is.
resource "google_project_iam_audit_config" "all" {
  project = var.project_id
  service = "allServices"

  audit_log_config {
    log_type = "ADMIN_READ"
  }
  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

resource "google_logging_project_bucket_config" "kept" {
  project        = var.project_id
  location       = var.region
  bucket_id      = "consentmd"
  description    = "Everything that is logged, for as long as HIPAA asks of documentation (45 CFR 164.316)."
  retention_days = var.log_retention_days
  # Locked, neither it nor its retention can be taken back.
  locked     = local.production
  depends_on = [google_project_service.api]
}

resource "google_logging_project_sink" "kept" {
  name                   = "kept"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.kept.id}"
  unique_writer_identity = true

  exclusions {
    name   = "request-logs"
    filter = local.request_logs
  }
}

# The project's default bucket would keep the same again for a month.
resource "google_logging_project_exclusion" "request_logs" {
  name        = "request-logs"
  description = "URLs can name a patient."
  filter      = local.request_logs
}

resource "google_pubsub_topic" "errors" {
  name                       = "log-errors"
  message_retention_duration = "604800s"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "errors" {
  name                       = "log-errors"
  topic                      = google_pubsub_topic.errors.id
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60

  expiration_policy {
    ttl = "" # never
  }
}

resource "google_logging_project_sink" "errors" {
  name                   = "errors"
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.errors.id}"
  filter                 = "severity>=ERROR"
  unique_writer_identity = true

  exclusions {
    name   = "request-logs"
    filter = local.request_logs
  }
}

resource "google_pubsub_topic_iam_member" "errors_sink" {
  topic  = google_pubsub_topic.errors.name
  role   = "roles/pubsub.publisher"
  member = google_logging_project_sink.errors.writer_identity
}

resource "google_bigquery_dataset" "logs" {
  dataset_id                 = "logs"
  location                   = var.storage_location
  description                = "Functions' logs and who touched which object, for questions."
  delete_contents_on_destroy = !local.protected
  # The log bucket is what is kept; this is what is asked, for a year.
  default_partition_expiration_ms = 365 * 86400 * 1000

  depends_on = [google_project_service.api]
}

resource "google_logging_project_sink" "analysis" {
  name                   = "analysis"
  destination            = "bigquery.googleapis.com/projects/${var.project_id}/datasets/${google_bigquery_dataset.logs.dataset_id}"
  filter                 = "(resource.type=\"cloud_run_revision\" AND log_id(\"run.googleapis.com/stdout\")) OR protoPayload.serviceName=\"storage.googleapis.com\""
  unique_writer_identity = true

  bigquery_options {
    use_partitioned_tables = true
  }
}

resource "google_bigquery_dataset_iam_member" "analysis_sink" {
  dataset_id = google_bigquery_dataset.logs.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_logging_project_sink.analysis.writer_identity
}
