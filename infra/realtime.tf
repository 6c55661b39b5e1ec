# The realtime gateway: the image of the functions with another command, always on, since it has sockets to feed and
# the event log to follow. It runs as its domain, like the functions that give out its tickets.

locals {
  gateway = "realtime-gateway"
}

module "gateway" {
  source = "./modules/function"

  name    = local.gateway
  region  = var.region
  image   = local.image
  account = local.account["realtime"]
  command = ["python", "-m", "realtime"]

  function = {
    target = "realtime"
    kind   = "gateway"
    domain = "realtime"
    # It checks its callers itself, as every function behind the load balancer does.
    access      = "as each event says"
    public      = true
    concurrency = 1000
    # The longest Cloud Run lets a request last, which a socket is one of; its client comes back with its cursor.
    timeout = 3600
    memory  = "2Gi"
  }

  cpu = "2"
  # Requests of one Socket.IO long-polling client must meet the same instance, too.
  always_on     = true
  probes        = { started = "/health", alive = "/live" }
  min_instances = var.gateway_instances.least
  max_instances = var.gateway_instances.most

  settings        = local.settings
  secret_settings = { for variable in local.secret_settings_of["realtime"] : variable => module.secret[local.secret_id[variable]].id }
  secret_files = {
    for id, file in local.secret_files : module.secret[id].id => file
    if contains(local.secret_files_of["realtime"], id)
  }

  depends_on = [module.secret, google_project_service.api]
}

moved {
  from = google_cloud_run_v2_service.gateway
  to   = module.gateway.google_cloud_run_v2_service.this
}

resource "google_compute_region_network_endpoint_group" "gateway" {
  name                  = local.gateway
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = module.gateway.name
  }
}

resource "google_compute_backend_service" "gateway" {
  name                  = local.gateway
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = "${local.global}/securityPolicies/${module.edge_policy["general"].name}"

  backend {
    group = "projects/${var.project_id}/regions/${var.region}/networkEndpointGroups/${google_compute_region_network_endpoint_group.gateway.name}"
  }

  # Its request log would keep tickets.
  log_config {
    enable = false
  }
}
