# Secrets are made empty here; their values are added with `gcloud secrets versions add` and never pass through Terraform.

locals {
  keyset_directory = "/keysets"
  jwt_directory    = "/secrets/jwt"
  jwks_directory   = "/secrets/jwks"

  # The keysets that a domain's functions open or sign with. Measured: what each asked for while all its tests ran, and
  # the audit keyset wherever a refusal is recorded. `health` proves with one of them that keys can be unwrapped.
  keysets_of = {
    admin         = ["audit", "index", "messaging", "platform", "users"]
    appointments  = ["audit", "index", "patients", "platform", "users"]
    auth          = ["audit", "index", "patients", "platform", "users"]
    calls         = ["audit", "chats", "index", "patients", "platform", "scribe", "users"]
    chats         = ["audit", "chats", "index", "messaging", "patients", "platform", "users"]
    docs          = []
    files         = ["audit", "chats", "patients", "platform", "users"]
    health        = ["audit"]
    jobs          = ["audit", "notes", "patients", "platform", "scribe", "users"]
    messaging     = ["audit", "chats", "index", "messaging", "patients", "platform", "users"]
    notes         = ["audit", "notes", "patients", "platform", "scribe", "users"]
    notifications = ["audit", "platform", "users"]
    patients      = ["audit", "index", "patients", "platform", "users"]
    providers     = ["audit", "index", "patients", "platform", "users"]
    realtime      = ["audit", "chats", "index", "messaging", "patients", "platform", "users"] # its gateway does what sockets ask for
    reference     = ["audit", "users"]
    schedules     = ["audit", "chats", "messaging", "notes", "platform", "scribe"]
    scribe        = ["audit", "chats", "notes", "patients", "platform", "scribe", "users"]
    tasks         = ["audit", "chats", "index", "messaging", "notes", "patients", "platform", "scribe", "users"]
    users         = ["audit", "index", "messaging", "patients", "platform", "users"]
  }
  # With an external issuer any function may be the first to see a user, and makes the account.
  seals_for_newcomers = var.identity_mode == "external" ? ["audit", "index", "patients", "platform", "users"] : []
  keysets = {
    for domain in local.domains : domain => toset(concat(
      lookup(local.keysets_of, domain, []),
      contains(local.verifies_tokens, domain) ? local.seals_for_newcomers : [],
    ))
  }

  # Access tokens are checked by whatever serves signed-in callers; `auth` publishes the keys too.
  verifies_tokens = toset([
    for domain in local.domains : domain
    if anytrue([for entry in values(local.manifest) : entry.domain == domain && contains(local.public_kinds, entry.kind) && entry.access != "public"])
  ])

  secret_files = merge(
    {
      for name in distinct(flatten(values(local.keysets_of))) :
      "keyset-${name}" => { directory = "${local.keyset_directory}/${name}", file = "${name}.json" }
    },
    {
      jwt-private-key = { directory = local.jwt_directory, file = "jwt.pem" }
      jwks            = { directory = local.jwks_directory, file = "jwks.json" }
    },
  )

  declared = {
    for domain in local.domains : domain =>
    toset(flatten([for entry in values(local.manifest) : entry.secrets if entry.domain == domain]))
  }
  secret_files_of = {
    for domain in local.domains : domain => toset(concat(
      [for name in local.keysets[domain] : "keyset-${name}"],
      contains(local.verifies_tokens, domain) ? ["jwks"] : [],
      contains(local.declared[domain], "JWT_PRIVATE_KEY_FILE") ? ["jwt-private-key"] : [],
    ))
  }

  # Secrets that are environment variables: those functions declare, and those of an external issuer, which whatever
  # verifies tokens needs.
  declared_secrets = setsubtract(toset(flatten(values(local.declared))), ["JWT_PRIVATE_KEY_FILE"])
  issuer_secrets   = toset(["EXTERNAL_API_KEY", "EXTERNAL_SHARED_SECRET"])
  external_secrets = var.identity_mode == "external" ? local.issuer_secrets : toset([])
  secret_settings  = setunion(local.declared_secrets, local.issuer_secrets)
  secret_id        = { for variable in local.secret_settings : variable => lower(replace(variable, "_", "-")) }
  secret_settings_of = {
    for domain in local.domains : domain => setintersection(
      var.provided_secrets,
      setunion(setintersection(local.declared[domain], local.declared_secrets), contains(local.verifies_tokens, domain) ? local.external_secrets : toset([])),
    )
  }

  readers = {
    for id in concat(keys(local.secret_files), values(local.secret_id)) : id => toset([
      for domain in local.domains : local.account[domain]
      if contains(local.secret_files_of[domain], id) || contains([for variable in local.secret_settings_of[domain] : local.secret_id[variable]], id)
    ])
  }
}

module "secret" {
  source   = "./modules/secret"
  for_each = local.readers

  id        = each.key
  readers   = each.value
  protected = local.protected

  depends_on = [google_project_service.api]
}
