# What must be there before the rest: the bucket that keeps Terraform's state, and the account that applies it. Applied
# once per project by a person, with state of its own on their disk: terraform -chdir=infra/bootstrap apply

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }
}

provider "google" {
  project = var.project_id
  region  = var.region
}

variable "project_id" {
  description = "Google Cloud project of the environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "The project id must have 6 to 30 lower-case letters, digits or hyphens and begin with a letter."
  }
}

variable "region" {
  description = "Region of the state."
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^us-(central|east|west|south)[0-9]$", var.region))
    error_message = "The region must lie in the United States (for example us-central1)."
  }
}

locals {
  # Applying makes accounts, grants and everything they are granted on; each role is for one part of infra/, or for a
  # step of the pipeline.
  deployer_roles = toset([
    "roles/artifactregistry.admin",
    "roles/bigquery.dataOwner",
    "roles/certificatemanager.owner",
    "roles/cloudbuild.builds.editor",
    "roles/cloudkms.admin",
    "roles/cloudscheduler.admin",
    "roles/cloudtasks.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/compute.securityAdmin",
    "roles/datastore.owner",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/logging.admin",
    "roles/logging.logWriter",
    "roles/monitoring.admin",
    "roles/ondemandscanning.admin",
    "roles/pubsub.admin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ])
}

resource "google_project_service" "first" {
  for_each = toset(["cloudresourcemanager.googleapis.com", "iam.googleapis.com", "serviceusage.googleapis.com", "storage.googleapis.com"])

  service            = each.value
  disable_on_destroy = false
}

resource "google_storage_bucket" "state" {
  name                        = "${var.project_id}-terraform"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      num_newer_versions = 30
      with_state         = "ARCHIVED"
    }
    action {
      type = "Delete"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.first]
}

resource "google_service_account" "deployer" {
  account_id   = "deployer"
  display_name = "Applies infra/"
  depends_on   = [google_project_service.first]
}

resource "google_project_iam_member" "deployer" {
  for_each = local.deployer_roles

  project = var.project_id
  role    = each.value
  member  = "serviceAccount:${google_service_account.deployer.account_id}@${var.project_id}.iam.gserviceaccount.com"
}

output "state_bucket" {
  description = "Bucket to name in infra/env/<environment>.gcs.tfbackend."
  value       = google_storage_bucket.state.name
}

output "deployer" {
  description = "Account for the pipeline; on the billing account it needs roles/billing.costsManager for the budget."
  value       = google_service_account.deployer.account_id
}
