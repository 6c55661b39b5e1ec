resource "google_artifact_registry_repository" "images" {
  repository_id = "consentmd"
  location      = var.region
  format        = "DOCKER"
  description   = "The image that every function runs."

  docker_config {
    immutable_tags = true
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  # Enough to go back to: a rollback takes one of the last three.
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "7776000s" # 90 days
    }
  }

  depends_on = [google_project_service.api]
}
