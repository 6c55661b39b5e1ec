# The realtime gateway: the image of the functions with another command, always on, since it has sockets to feed and
# the event log to follow. It runs as its domain, like the functions that give out its tickets.

locals {
  gateway = "realtime-gateway"
}

resource "google_cloud_run_v2_service" "gateway" {
  name     = local.gateway
  location = var.region
  labels   = { domain = "realtime", kind = "gateway" }

  # Checks its callers itself, as every function behind the load balancer does.
  ingress              = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  invoker_iam_disabled = true
  deletion_protection  = false

  template {
    service_account = local.account["realtime"]
    # The longest Cloud Run lets a request last, which a socket is one of; its client comes back with its cursor.
    timeout                          = "3600s"
    max_instance_request_concurrency = 1000
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    # Requests of one Socket.IO long-polling client must meet the same instance.
    session_affinity = true

    scaling {
      min_instance_count = var.gateway_instances.least
      max_instance_count = var.gateway_instances.most
    }

    containers {
      image   = local.image
      command = ["python", "-m", "realtime"]

      resources {
        limits = { cpu = "2", memory = "2Gi" }
        # Between requests, too: a listener whose processor is taken away stops without a word.
        cpu_idle          = false
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 2
        failure_threshold = 30
        http_get {
          path = "/health"
        }
      }

      liveness_probe {
        period_seconds    = 30
        failure_threshold = 4
        http_get {
          path = "/live"
        }
      }

      dynamic "env" {
        for_each = local.settings
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = { for variable in local.secret_settings_of["realtime"] : variable => module.secret[local.secret_id[variable]].id }
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }

      dynamic "volume_mounts" {
        for_each = local.gateway_files
        content {
          name       = volume_mounts.key
          mount_path = volume_mounts.value.directory
        }
      }
    }

    dynamic "volumes" {
      for_each = local.gateway_files
      content {
        name = volumes.key
        secret {
          secret = volumes.key
          items {
            path    = volumes.value.file
            version = "latest"
          }
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [client, client_version]
  }

  depends_on = [module.secret, google_project_service.api]
}

locals {
  gateway_files = {
    for id, file in local.secret_files : module.secret[id].id => file
    if contains(local.secret_files_of["realtime"], id)
  }
}

resource "google_compute_region_network_endpoint_group" "gateway" {
  name                  = local.gateway
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.gateway.name
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
