# A private bucket, encrypted under our own key.

terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

resource "google_storage_bucket" "this" {
  name     = var.name
  location = var.location

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  # A bucket with objects in it is not deleted where they matter.
  force_destroy = !var.protected

  encryption {
    default_kms_key_name = var.key
  }

  versioning {
    # What is retained can be neither replaced nor deleted: there are no versions to keep.
    enabled = var.retention_days == 0
  }

  dynamic "retention_policy" {
    for_each = var.retention_days > 0 ? [var.retention_days] : []
    content {
      retention_period = retention_policy.value * 86400
      is_locked        = var.retention_locked
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 30 * 86400
  }

  dynamic "lifecycle_rule" {
    for_each = var.retention_days == 0 ? [3] : []
    content {
      condition {
        num_newer_versions = lifecycle_rule.value
        with_state         = "ARCHIVED"
      }
      action {
        type = "Delete"
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.delete_after_days > 0 ? [var.delete_after_days] : []
    content {
      # Objects under a hold stay, however old.
      condition {
        age        = lifecycle_rule.value
        with_state = "LIVE"
      }
      action {
        type = "Delete"
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = length(var.one_day) > 0 ? [var.one_day] : []
    content {
      condition {
        age            = 1
        with_state     = "ANY"
        matches_prefix = lifecycle_rule.value
      }
      action {
        type = "Delete"
      }
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  dynamic "cors" {
    for_each = length(var.origins) > 0 ? [var.origins] : []
    content {
      origin          = cors.value
      method          = ["GET", "HEAD", "PUT"]
      response_header = ["Content-Type", "Content-Range", "Range", "ETag", "x-goog-generation", "x-goog-if-generation-match"]
      max_age_seconds = 3600
    }
  }
}

resource "google_storage_bucket_iam_member" "grant" {
  for_each = var.grants

  bucket = google_storage_bucket.this.name
  role   = each.value
  member = "serviceAccount:${each.key}"
}
