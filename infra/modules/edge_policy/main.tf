# What Cloud Armor stops before a function starts: attacks it knows the shape of, and addresses that ask too often.

terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

variable "name" {
  description = "Name of the policy."
  type        = string
}

variable "per_minute" {
  description = "Requests per address and minute. Cloud Armor counts them for each backend service by itself."
  type        = number
}

locals {
  # The rule sets that fit a JSON API, at the sensitivity of the surest signatures: clinical free text must not trip them.
  rule_sets = ["sqli", "xss", "lfi", "rfi", "rce", "scannerdetection", "protocolattack", "sessionfixation"]
}

resource "google_compute_security_policy" "this" {
  name = var.name
  type = "CLOUD_ARMOR"

  advanced_options_config {
    json_parsing = "STANDARD"
  }

  dynamic "rule" {
    for_each = local.rule_sets
    content {
      description = "Known attacks: ${rule.value}"
      priority    = 1000 + rule.key
      action      = "deny(403)"
      match {
        expr {
          expression = "evaluatePreconfiguredWaf('${rule.value}-v33-stable', {'sensitivity': 1})"
        }
      }
    }
  }

  rule {
    description = "Health is asked by whoever watches, as often as they like."
    priority    = 2000
    action      = "allow"
    match {
      expr {
        expression = "request.path.matches('^(/api(/v1)?)?/health(/ready)?$')"
      }
    }
  }

  rule {
    description = "Throttled above ${var.per_minute} a minute; who goes on at ten times that is shut out for ten minutes."
    priority    = 3000
    action      = "rate_based_ban"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      enforce_on_key   = "IP"
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      ban_duration_sec = 600
      rate_limit_threshold {
        count        = var.per_minute
        interval_sec = 60
      }
      ban_threshold {
        count        = var.per_minute * 10
        interval_sec = 60
      }
    }
  }

  rule {
    description = "Everything else"
    priority    = 2147483647
    action      = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

output "name" {
  description = "Name of the policy."
  value       = google_compute_security_policy.this.name
}
