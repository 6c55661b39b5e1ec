# The rules of url_map.json, which tools.url_map makes from the manifest: see there for what goes where, and why.

resource "google_compute_url_map" "api" {
  name = "api"

  # Whoever asks for another host, or for a bare address, is not looking for this API.
  default_service = local.backend["health-all"]
  default_route_action {
    fault_injection_policy {
      abort {
        http_status = 404
        percentage  = 100
      }
    }
  }

  host_rule {
    hosts        = [var.host]
    path_matcher = "api"
  }

  path_matcher {
    name = "api"
    # Answers 404 for a path it does not know, in the form of all our errors.
    default_service = local.backend["health-all"]

    # Preflights of allowed origins end here; no function starts for them.
    route_rules {
      priority = 1
      service  = local.backend["health-all"]
      match_rules {
        prefix_match = "/"
        header_matches {
          header_name = ":method"
          exact_match = "OPTIONS"
        }
        header_matches {
          header_name   = "access-control-request-method"
          present_match = true
        }
      }
      route_action {
        cors_policy {
          allow_origins     = local.origins
          allow_methods     = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
          allow_headers     = ["Content-Type", "Authorization", "X-Requested-With", "X-CSRF-Token", "Idempotency-Key", "Prefer", "If-Match", "If-None-Match", "Range", "X-Request-Id"]
          allow_credentials = true
          max_age           = 3600
        }
      }
    }

    dynamic "route_rules" {
      for_each = local.url_map.rules
      iterator = rule
      content {
        priority = 1000 + rule.key
        service  = local.backend[rule.value.service]

        dynamic "match_rules" {
          for_each = rule.value.paths
          iterator = path
          content {
            full_path_match     = rule.value.match == "full" ? path.value : null
            path_template_match = rule.value.match == "template" ? path.value : null
            prefix_match        = rule.value.match == "prefix" ? path.value : null

            dynamic "header_matches" {
              for_each = rule.value.method == "" ? [] : [rule.value.method]
              content {
                header_name = ":method"
                exact_match = header_matches.value
              }
            }
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = local.url_map.counts.templates <= 90 && local.url_map.counts.bytes <= 57344 && local.url_map.counts.predicates <= 1000
      error_message = "url_map.json is past what a load balancer takes (90 templates, 56 KB, 1000 predicates); run python -m tools.manifest."
    }
    precondition {
      condition     = length(setsubtract([for rule in local.url_map.rules : rule.service], keys(local.backend))) == 0
      error_message = "url_map.json and functions.json differ; run python -m tools.manifest."
    }
  }
}
