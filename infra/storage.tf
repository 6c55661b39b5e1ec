locals {
  # Of the domains that use storage, these do something else than keep files.
  bucket_roles = {
    admin     = { bucket = "audit-roots", role = "roles/storage.objectViewer" }  # compares the trail with its roots
    health    = { bucket = "uploads", role = "roles/storage.objectViewer" }      # asks whether it answers
    schedules = { bucket = "audit-roots", role = "roles/storage.objectCreator" } # adds a root, and cannot change one
  }
  keeps_files = toset([
    for domain in local.domains : domain if contains(local.uses[domain], "storage") && !contains(keys(local.bucket_roles), domain)
  ])
  grants = merge(
    { for domain in local.keeps_files : domain => { bucket = "uploads", role = "roles/storage.objectUser" } },
    { for domain, grant in local.bucket_roles : domain => grant if contains(local.domains, domain) && contains(lookup(local.uses, domain, []), "storage") },
  )

  buckets = {
    # Records are kept or erased one by one, by the rules of each: the bucket deletes none.
    # But for the quarantine: what was sent directly and is not completed within a day is part of no record.
    uploads = { origins = local.origins, delete_after_days = 0, retention_days = 0, one_day = ["quarantine/"] }
    # The scheduled function erases what has run out and honours legal holds; a month later this takes what it missed.
    recordings = { origins = local.origins, delete_after_days = var.recording_retention_days + 30, retention_days = 0 }
    exports    = { origins = local.origins, delete_after_days = 7, retention_days = 0 }
    # 366 days a year: a leap year must not end a retention a day early.
    audit-roots = { origins = [], delete_after_days = 0, retention_days = var.audit_retention_years * 366 }
  }
}

module "bucket" {
  source   = "./modules/bucket"
  for_each = local.buckets

  name              = "${var.project_id}-${each.key}"
  location          = var.storage_location
  key               = local.key_id["storage"]
  protected         = local.protected
  origins           = each.value.origins
  delete_after_days = each.value.delete_after_days
  retention_days    = each.value.retention_days
  one_day           = lookup(each.value, "one_day", [])
  # A locked policy cannot be taken back, not by its owner either: only where the trail is real.
  retention_locked = local.production
  grants           = { for domain, grant in local.grants : local.account[domain] => grant.role if grant.bucket == each.key }

  depends_on = [google_kms_crypto_key_iam_member.storage_agent]
}
