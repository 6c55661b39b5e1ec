# A Cloud Run service of the image that they all share: one entry of the manifest, or what `command` starts instead.

terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

resource "google_cloud_run_v2_service" "this" {
  name     = var.name
  location = var.region
  labels   = { domain = replace(var.function.domain, "_", "-"), kind = var.function.kind }

  # The load balancer does not authenticate to Cloud Run: what the internet may call checks its callers itself, and
  # nothing else can be reached from outside the project.
  ingress              = var.function.public ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = var.function.public

  # A function holds no data; protection would only stand in the way of one that was removed from the manifest.
  deletion_protection = false

  template {
    service_account                  = var.account
    timeout                          = "${var.function.timeout}s"
    max_instance_request_concurrency = var.function.concurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    session_affinity                 = var.always_on ? true : null

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    containers {
      # With a container beside it: which of the two takes requests, and that it waits for the other.
      name       = length(var.sidecars) > 0 ? "function" : null
      depends_on = length(var.sidecars) > 0 ? keys(var.sidecars) : null
      image      = var.image
      command    = var.command

      dynamic "ports" {
        for_each = length(var.sidecars) > 0 ? [8080] : []
        content {
          container_port = ports.value
        }
      }

      resources {
        limits = { cpu = var.cpu, memory = var.function.memory }
        # What is always on works between requests, too: a listener whose processor is taken away stops without a word.
        cpu_idle          = !var.always_on
        startup_cpu_boost = true
      }

      dynamic "startup_probe" {
        for_each = var.probes[*]
        content {
          period_seconds    = 2
          failure_threshold = 30
          http_get {
            path = startup_probe.value.started
          }
        }
      }

      dynamic "liveness_probe" {
        for_each = var.probes[*]
        content {
          period_seconds    = 30
          failure_threshold = 4
          http_get {
            path = liveness_probe.value.alive
          }
        }
      }

      dynamic "env" {
        for_each = merge(var.settings, var.command != null ? {} : {
          FUNCTION_TARGET = var.function.target
          # functions-framework starts so many threads: fewer would queue requests that Cloud Run thinks are served.
          THREADS = tostring(var.function.concurrency)
        })
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secret_settings
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
        for_each = var.secret_files
        content {
          name       = volume_mounts.key
          mount_path = volume_mounts.value.directory
        }
      }
    }

    # Reached on the loopback address; not from outside.
    dynamic "containers" {
      for_each = var.sidecars
      content {
        name    = containers.key
        image   = containers.value.image
        command = containers.value.command
        args    = containers.value.args

        resources {
          limits            = { cpu = containers.value.cpu, memory = containers.value.memory }
          cpu_idle          = true
          startup_cpu_boost = true
        }

        # No request is taken before it listens: four minutes, the most that Cloud Run waits.
        startup_probe {
          period_seconds    = 10
          timeout_seconds   = 5
          failure_threshold = 24
          tcp_socket {
            port = containers.value.port
          }
        }
      }
    }

    dynamic "volumes" {
      for_each = var.secret_files
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
    # Traffic is moved by tools.release, after a new revision has proved itself; gcloud leaves its name when it does.
    ignore_changes = [client, client_version, traffic]

    precondition {
      condition     = var.function.public == (var.function.access != "workers" && var.function.access != "scheduler")
      error_message = "${var.name} is for ${var.function.access} but of kind ${var.function.kind}: a worker must not be reachable from outside, and nothing else can be called from inside only."
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invoker == "" ? toset([]) : toset([var.invoker])

  name     = google_cloud_run_v2_service.this.name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${each.value}"
}
