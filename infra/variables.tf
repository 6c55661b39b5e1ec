variable "environment" {
  description = "Which deployment this is."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment must be dev, staging or prod."
  }
}

variable "project_id" {
  description = "Google Cloud project of this environment; one project holds one environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "The project id must have 6 to 30 lower-case letters, digits or hyphens and begin with a letter."
  }
}

variable "project_number" {
  description = "Its number: addresses of Cloud Run services and names of Google's service agents contain it."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{6,14}$", var.project_number))
    error_message = "The project number must be digits only; `gcloud projects describe PROJECT` prints it."
  }
}

variable "region" {
  description = "Region of functions, queues, images and logs."
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^us-(central|east|west|south)[0-9]$", var.region))
    error_message = "The region must lie in the United States (for example us-central1): health data does not leave the country."
  }
}

variable "firestore_location" {
  description = "Location of the database: nam5 is replicated over several US regions."
  type        = string
  default     = "nam5"

  validation {
    condition     = can(regex("^(nam5|nam7|us-(central|east|west|south)[0-9])$", var.firestore_location))
    error_message = "The database must lie in the United States: nam5, nam7 or a us- region."
  }
}

variable "storage_location" {
  description = "Location of the buckets, of the keys that encrypt them and of the log analysis."
  type        = string
  default     = "US"

  validation {
    condition     = can(regex("^(US|US-(CENTRAL|EAST|WEST|SOUTH)[0-9])$", var.storage_location))
    error_message = "The buckets must lie in the United States: US or a US- region, in capitals."
  }
}

variable "host" {
  description = "Host name of the API."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$", var.host))
    error_message = "The host must be a full lower-case name without scheme, port or path, such as api.example.com."
  }
}

variable "image_digest" {
  description = "Digest of the image that every function runs; an earlier digest is a rollback."
  type        = string

  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "The image must be named by its digest (sha256: and 64 hexadecimal digits): a tag can move."
  }
}

variable "clamd_image" {
  description = "Image of the virus scanner that runs beside the scanning worker; it loads new signatures by itself."
  type        = string
  default     = "docker.io/clamav/clamav:1.4"

  validation {
    condition     = can(regex("^[a-z0-9.-]+/[a-z0-9/._-]+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$", var.clamd_image))
    error_message = "The image must be named with its registry and a tag or digest, such as docker.io/clamav/clamav:1.4."
  }
}

variable "frontend_url" {
  description = "Web app: an allowed origin, and the base of links in e-mails."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.frontend_url))
    error_message = "The web app's URL must begin with https:// and have no path and no slash at its end."
  }
}

variable "admin_url" {
  description = "Administration app, another allowed origin; empty: none."
  type        = string
  default     = ""

  validation {
    condition     = var.admin_url == "" || can(regex("^https://[^/]+$", var.admin_url))
    error_message = "The administration app's URL must begin with https:// and have no path and no slash at its end."
  }
}

variable "cors_origins" {
  description = "Further origins that browsers may call from."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https://[^/,]+$", origin))])
    error_message = "Every origin must begin with https:// and have no path, no comma and no slash at its end."
  }
}

variable "settings" {
  description = "Further settings of the functions by environment variable (docs/configuration.md), such as SMTP_HOST."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Settings are named by their environment variable, in capitals (docs/configuration.md lists them)."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("(PASSWORD|SECRET|API_KEY|PRIVATE_KEY)", name))])
    error_message = "Secrets do not belong into settings: give them a version in Secret Manager and list them in provided_secrets."
  }
}

variable "provided_secrets" {
  description = "Optional secrets that have a version in Secret Manager, by environment variable: SMTP_PASSWORD and the like."
  type        = set(string)
  default     = []
}

variable "identity_mode" {
  description = "Who signs users in: this backend, or an external issuer."
  type        = string
  default     = "local"

  validation {
    condition     = contains(["local", "external"], var.identity_mode)
    error_message = "The identity mode must be local or external."
  }
}

variable "min_instances" {
  description = "Instances kept warm, by function; the others start when they are called. An idle one costs about 7 USD a month."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for count in values(var.min_instances) : count >= 0 && count <= 10 && floor(count) == count])
    error_message = "A function can keep 0 to 10 whole instances warm."
  }
}

variable "gateway_instances" {
  description = "Realtime gateways: at least and at most. Each takes 1000 sockets and follows the whole event log; an idle one costs about 100 USD a month."
  type        = object({ least = number, most = number })
  default     = { least = 1, most = 10 }

  validation {
    condition     = var.gateway_instances.least >= 1 && var.gateway_instances.most >= var.gateway_instances.least && var.gateway_instances.most <= 50
    error_message = "There must be at least one gateway, and at most 50."
  }
}

variable "max_instances" {
  description = "Most instances of a function; times its concurrency it bounds what one endpoint can cost."
  type        = number
  default     = 20

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 100 && floor(var.max_instances) == var.max_instances
    error_message = "A function must be allowed 1 to 100 whole instances."
  }
}

variable "requests_per_minute" {
  description = "Requests per address and minute that the load balancer lets through to one function."
  type        = object({ general = number, auth = number })
  default     = { general = 100, auth = 10 }

  validation {
    condition     = var.requests_per_minute.auth >= 1 && var.requests_per_minute.auth <= var.requests_per_minute.general
    error_message = "The limit of sign-in must be at least 1 and not above the general one."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 2190

  validation {
    condition     = var.log_retention_days >= 2190 && var.log_retention_days <= 3650
    error_message = "Logs must be kept for at least six years (2190 days, 45 CFR 164.316) and at most ten."
  }
}

variable "audit_retention_years" {
  description = "How long audit entries and their roots are kept."
  type        = number
  default     = 6

  validation {
    condition     = var.audit_retention_years >= 6 && var.audit_retention_years <= 20
    error_message = "Audit entries must be kept for at least six years (45 CFR 164.316) and at most twenty."
  }
}

variable "backup_retention_days" {
  description = "How long daily backups of the database are kept."
  type        = number
  default     = 30

  validation {
    condition     = var.backup_retention_days >= 14 && var.backup_retention_days <= 98
    error_message = "Daily backups must be kept for at least 14 days; Firestore takes at most 98."
  }
}

variable "recording_retention_days" {
  description = "How long call recordings are kept."
  type        = number
  default     = 730

  validation {
    condition     = var.recording_retention_days >= 730
    error_message = "Recordings must be kept for at least two years (730 days)."
  }
}

variable "alert_email" {
  description = "Where alerts go."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alert_email))
    error_message = "Alerts need an e-mail address that somebody reads."
  }
}

variable "billing_account" {
  description = "Billing account of the project, for its budget."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "The billing account must look like 012345-6789AB-CDEF01."
  }
}

variable "monthly_budget_usd" {
  description = "Monthly spending that is announced at 50, 90 and 100 per cent, and when it is forecast."
  type        = number

  validation {
    condition     = var.monthly_budget_usd >= 1 && floor(var.monthly_budget_usd) == var.monthly_budget_usd
    error_message = "The budget must be a whole number of US dollars, at least 1."
  }
}
