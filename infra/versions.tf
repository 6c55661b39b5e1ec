terraform {
  required_version = ">= 1.9"

  # Which bucket: -backend-config=env/<environment>.gcs.tfbackend (made by bootstrap/).
  backend "gcs" {}

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

  # Budgets are billed to, and quotas counted in, the project itself.
  billing_project       = var.project_id
  user_project_override = true

  default_labels = {
    application = "consentmd"
    environment = var.environment
  }
}
