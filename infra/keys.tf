# Key encryption keys. Keysets (field encryption) lie wrapped in Secret Manager; objects in buckets are encrypted under
# a key of ours. A key's versions cannot be brought back once destroyed, nor what they encrypted.

resource "google_kms_key_ring" "main" {
  name       = "consentmd"
  location   = lower(var.storage_location)
  depends_on = [google_project_service.api]
}

locals {
  kms_keys = toset(["keysets", "storage"])
  # Functions unwrap; wrapping is for whoever makes the keysets (tools.keys).
  unwraps = toset([for domain in local.domains : domain if length(local.keysets[domain]) > 0])

  key_id      = local.protected ? { for name, key in google_kms_crypto_key.protected : name => "${key.key_ring}/cryptoKeys/${key.name}" } : { for name, key in google_kms_crypto_key.disposable : name => "${key.key_ring}/cryptoKeys/${key.name}" }
  key_ring_id = "projects/${var.project_id}/locations/${google_kms_key_ring.main.location}/keyRings/${google_kms_key_ring.main.name}"
  keysets_key = local.key_id["keysets"]
}

# `prevent_destroy` takes no variable, so there are two of each, and one of them is always empty.
resource "google_kms_crypto_key" "protected" {
  for_each = local.protected ? local.kms_keys : toset([])

  name                       = each.value
  key_ring                   = local.key_ring_id
  rotation_period            = "7776000s" # 90 days
  destroy_scheduled_duration = "2592000s" # 30 days

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key" "disposable" {
  for_each = local.protected ? toset([]) : local.kms_keys

  name            = each.value
  key_ring        = local.key_ring_id
  rotation_period = "7776000s"
}

resource "google_kms_crypto_key_iam_member" "unwraps" {
  for_each = local.unwraps

  crypto_key_id = local.keysets_key
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = "serviceAccount:${local.account[each.value]}"
}

# Asking for Cloud Storage's service agent makes it; until then nothing can be granted to it.
data "google_storage_project_service_account" "agent" {
  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key_iam_member" "storage_agent" {
  crypto_key_id = local.key_id["storage"]
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:service-${var.project_number}@gs-project-accounts.iam.gserviceaccount.com"

  depends_on = [data.google_storage_project_service_account.agent]
}
