output "address" {
  description = "Where the host's A record must point."
  value       = google_compute_global_address.api.address
}

output "dns_records" {
  description = "Record that proves the domain for its certificate."
  value       = google_certificate_manager_dns_authorization.api.dns_resource_record
}

output "image_repository" {
  description = "Where images are pushed."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}/api"
}

output "keysets_key" {
  description = "KMS key for `python -m tools.keys --kms-key`."
  value       = local.keysets_key
}

output "secrets" {
  description = "Secrets that need a version before the functions are made; the others when they are listed in provided_secrets."
  value       = sort(keys(local.secret_files))
}

output "url" {
  description = "Where the API answers."
  value       = local.public_url
}
