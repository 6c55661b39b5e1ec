# A secret without a value, and who may read the value it will be given.

terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

variable "id" {
  description = "Id of the secret."
  type        = string
}

variable "readers" {
  description = "E-mails of the accounts that may read it."
  type        = set(string)
}

variable "protected" {
  description = "Whether Terraform is kept from deleting it: what a lost keyset sealed is lost."
  type        = bool
}

resource "google_secret_manager_secret" "this" {
  secret_id           = var.id
  deletion_protection = var.protected
  # A version destroyed by mistake can be brought back for a month.
  version_destroy_ttl = "2592000s"

  replication {
    user_managed {
      replicas {
        location = "us-central1"
      }
      replicas {
        location = "us-east1"
      }
    }
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = var.readers

  secret_id = google_secret_manager_secret.this.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${each.value}"
}

output "id" {
  description = "Id of the secret."
  value       = google_secret_manager_secret.this.secret_id
}
