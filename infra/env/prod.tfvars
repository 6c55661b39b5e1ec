environment     = "prod"
project_id      = "consentmd-prod"
project_number  = "100000000003"
host            = "api.consentmd.example"
frontend_url    = "https://app.consentmd.example"
admin_url       = "https://admin.consentmd.example"
alert_email     = "oncall@consentmd.example"
billing_account = "000000-000000-000000"

# The pipeline gives the digest it has built: -var image_digest=sha256:…
image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

monthly_budget_usd    = 1500
backup_retention_days = 35

provided_secrets = ["SMTP_PASSWORD"]

settings = {
  EMAIL_FROM             = "ConsentMD <no-reply@consentmd.example>"
  MFA_REQUIRED_ROLES     = "Admin,Doctor,Nurse"
  REQUIRE_VERIFIED_EMAIL = "true"
  SMTP_HOST              = "smtp.consentmd.example"
  SMTP_USER              = "consentmd"
  SWAGGER_ENABLED        = "false"
}

# What people wait for first: signing in, the list after it, and the record behind that; and what each change ends with.
min_instances = {
  dispatch-outbox = 1
  get-patient     = 1
  list-patients   = 1
  login           = 1
  refresh         = 1
}
