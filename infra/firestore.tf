resource "google_firestore_database" "main" {
  name        = "(default)"
  location_id = var.firestore_location
  type        = "FIRESTORE_NATIVE"

  # Commits carry preconditions on what they read and are run again on conflict; nothing waits for a lock.
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = local.protected ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = local.protected ? "ABANDON" : "DELETE"

  depends_on = [google_project_service.api]
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.main.name
  retention = "${var.backup_retention_days * 86400}s"

  daily_recurrence {}
}

resource "google_firestore_index" "composite" {
  for_each = {
    for index in local.indexes.indexes :
    join(" ", concat([index.collectionGroup, index.queryScope], [for field in index.fields : "${field.fieldPath}:${lower(try(field.order, field.arrayConfig))}"])) => index
  }

  database    = google_firestore_database.main.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

# A collection's fields ("*") are not indexed but for those that a declared query looks up: each index entry slows and
# prices a write, and a field that grows with the clock holds its collection to 500 writes a second while it is indexed.
resource "google_firestore_field" "override" {
  for_each = { for field in local.indexes.fieldOverrides : "${field.collectionGroup}.${field.fieldPath}" => field }

  database   = google_firestore_database.main.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [1] : []
    content {}
  }

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        query_scope  = indexes.value.queryScope
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
      }
    }
  }
}

moved {
  from = google_firestore_field.ttl
  to   = google_firestore_field.override
}
