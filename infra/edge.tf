# The way in: address, certificate, TLS, and one backend per function that the internet may reach.

# Names put together rather than each resource's own `id`, which is known only after it is made: a plan shows what leads
# where.
locals {
  global = "projects/${var.project_id}/global"
  backend = merge(
    { for name, service in google_compute_backend_service.function : name => "${local.global}/backendServices/${service.name}" },
    { (local.gateway) = "${local.global}/backendServices/${google_compute_backend_service.gateway.name}" },
  )
}

resource "google_compute_global_address" "api" {
  name       = "api"
  depends_on = [google_project_service.api]
}

# Proves the domain by a DNS record (output dns_records), so that the certificate is there before the traffic is.
resource "google_certificate_manager_dns_authorization" "api" {
  name       = "api"
  domain     = var.host
  depends_on = [google_project_service.api]
}

resource "google_certificate_manager_certificate" "api" {
  name = "api"

  managed {
    domains            = [var.host]
    dns_authorizations = [google_certificate_manager_dns_authorization.api.id]
  }
}

resource "google_certificate_manager_certificate_map" "api" {
  name       = "api"
  depends_on = [google_project_service.api]
}

resource "google_certificate_manager_certificate_map_entry" "api" {
  name         = "api"
  map          = google_certificate_manager_certificate_map.api.name
  hostname     = var.host
  certificates = [google_certificate_manager_certificate.api.id]
}

resource "google_compute_ssl_policy" "modern" {
  name            = "modern"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
  depends_on      = [google_project_service.api]
}

resource "google_compute_target_https_proxy" "api" {
  name            = "api"
  url_map         = "${local.global}/urlMaps/${google_compute_url_map.api.name}"
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.api.id}"
  ssl_policy      = google_compute_ssl_policy.modern.name
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.api.id
  target                = "${local.global}/targetHttpsProxies/${google_compute_target_https_proxy.api.name}"
  port_range            = "443"
}

resource "google_compute_url_map" "to_https" {
  name = "to-https"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_target_http_proxy" "to_https" {
  name    = "to-https"
  url_map = "${local.global}/urlMaps/${google_compute_url_map.to_https.name}"
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.api.id
  target                = "${local.global}/targetHttpProxies/${google_compute_target_http_proxy.to_https.name}"
  port_range            = "80"
}

module "edge_policy" {
  source   = "./modules/edge_policy"
  for_each = var.requests_per_minute

  name       = "edge-${each.key}"
  per_minute = each.value

  depends_on = [google_project_service.api]
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.public_functions

  name                  = each.key
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = module.function[each.key].name
  }
}

resource "google_compute_backend_service" "function" {
  for_each = local.public_functions

  name                  = each.key
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  # The functions draw the line at the same place: what belongs to the domain auth.
  security_policy = "${local.global}/securityPolicies/${module.edge_policy[each.value.domain == "auth" ? "auth" : "general"].name}"

  backend {
    group = "projects/${var.project_id}/regions/${var.region}/networkEndpointGroups/${google_compute_region_network_endpoint_group.function[each.key].name}"
  }

  # Its request log would keep whole URLs, and ours can name a patient. Functions log the route instead; counts,
  # latencies and what Cloud Armor refused are metrics.
  log_config {
    enable = false
  }
}
