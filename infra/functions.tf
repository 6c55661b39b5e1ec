module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name          = each.key
  region        = var.region
  image         = local.image
  function      = each.value
  account       = local.account[each.value.domain]
  invoker       = each.value.kind == "task" ? local.tasks_account : each.value.kind == "schedule" ? local.scheduler_account : ""
  min_instances = lookup(var.min_instances, each.key, 0)
  # Schedules run one at a time: the audit trail has a single writer.
  max_instances = each.value.kind == "schedule" ? 1 : max(var.max_instances, lookup(var.min_instances, each.key, 0))

  settings = merge(
    local.settings,
    contains(each.value.secrets, "JWT_PRIVATE_KEY_FILE") ? { JWT_PRIVATE_KEY_FILE = "${local.jwt_directory}/jwt.pem" } : {},
  )
  secret_settings = {
    for variable in setintersection(local.secret_settings_of[each.value.domain], setunion(each.value.secrets, local.external_secrets)) :
    variable => module.secret[local.secret_id[variable]].id
  }
  secret_files = {
    for id, file in local.secret_files : module.secret[id].id => { directory = file.directory, file = file.file }
    if contains(local.secret_files_of[each.value.domain], id) && (id != "jwt-private-key" || contains(each.value.secrets, "JWT_PRIVATE_KEY_FILE"))
  }

  sidecars = { for name in each.value.sidecars : name => local.sidecars[name] }

  depends_on = [module.secret, google_project_service.api]
}

locals {
  # What a function that declares to use it gets as a container of its own service.
  sidecars = {
    clamd = {
      image = var.clamd_image
      # The image's own start, with limits above our largest file (MAX_FILE_BYTES): clamd refuses longer streams.
      command = ["/bin/sh", "-c"]
      args    = ["printf 'StreamMaxLength 60M\\nMaxFileSize 60M\\nMaxScanSize 240M\\n' >> /etc/clamav/clamd.conf && exec /init"]
      port    = 3310
      cpu     = "1"
      # The signatures take over one gigabyte, twice that for a moment while new ones are loaded.
      memory = "4Gi"
    }
  }

  settings = merge(
    # An empty variable would say nothing: the default holds.
    { for name, value in { ADMIN_URL = var.admin_url, CORS_ORIGIN = join(",", var.cors_origins) } : name => value if value != "" },
    {
      AUDIT_BUCKET                  = module.bucket["audit-roots"].name
      AUDIT_RETENTION_YEARS         = tostring(var.audit_retention_years)
      CLOUD_TASKS_LOCATION          = var.region
      AI_LOCATION                   = var.region
      ENVIRONMENT                   = { dev = "development", staging = "staging", prod = "production" }[var.environment]
      FIRESTORE_DATABASE            = google_firestore_database.main.name
      FRONTEND_URL                  = var.frontend_url
      GOOGLE_CLOUD_PROJECT          = var.project_id
      IDENTITY_MODE                 = var.identity_mode
      JWKS_FILE                     = "${local.jwks_directory}/jwks.json"
      KEYSET_DIR                    = local.keyset_directory
      KEYSET_KMS_KEY                = local.keysets_key
      PUBLIC_URL                    = local.public_url
      RATE_LIMIT_AUTH_PER_MINUTE    = tostring(var.requests_per_minute.auth)
      RATE_LIMIT_GENERAL_PER_MINUTE = tostring(var.requests_per_minute.general)
      SCHEDULER_SERVICE_ACCOUNT     = local.scheduler_account
      TASKS_SERVICE_ACCOUNT         = local.tasks_account
      # The load balancer appends two entries to X-Forwarded-For: the caller's address and its own.
      TRUSTED_PROXY_HOPS = "2"
      UPLOADS_BUCKET     = module.bucket["uploads"].name
      WORKER_URL         = "${local.function_url}/tasks/{target}"
    },
    # Last: a restored database is tried by naming it here.
    var.settings,
  )
}
