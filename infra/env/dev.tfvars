environment     = "dev"
project_id      = "consentmd-dev"
project_number  = "100000000001"
host            = "api.dev.consentmd.example"
frontend_url    = "https://app.dev.consentmd.example"
alert_email     = "dev-alerts@consentmd.example"
billing_account = "000000-000000-000000"

# The pipeline gives the digest it has built: -var image_digest=sha256:…
image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

monthly_budget_usd = 100
max_instances      = 3
