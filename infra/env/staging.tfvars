environment     = "staging"
project_id      = "consentmd-staging"
project_number  = "100000000002"
host            = "api.staging.consentmd.example"
frontend_url    = "https://app.staging.consentmd.example"
admin_url       = "https://admin.staging.consentmd.example"
alert_email     = "staging-alerts@consentmd.example"
billing_account = "000000-000000-000000"

# The pipeline gives the digest it has built: -var image_digest=sha256:…
image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

monthly_budget_usd = 300
max_instances      = 10

settings = {
  MFA_REQUIRED_ROLES     = "Admin,Doctor,Nurse"
  REQUIRE_VERIFIED_EMAIL = "true"
}
