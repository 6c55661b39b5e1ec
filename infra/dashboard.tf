locals {
  latency_filter  = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_latencies\""
  requests_filter = "${local.at_backend} AND metric.type=\"loadbalancing.googleapis.com/https/backend_request_count\""
  own_metric      = { for name, metric in merge(google_logging_metric.measure, google_logging_metric.outcome) : name => "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${metric.name}\"" }

  summed_by_backend = {
    alignmentPeriod    = "60s"
    perSeriesAligner   = "ALIGN_RATE"
    crossSeriesReducer = "REDUCE_SUM"
    groupByFields      = local.by_backend
  }

  percentile_charts = [
    for percentile in ["50", "95", "99"] : {
      title = "p${percentile} per endpoint (ms)"
      query = {
        timeSeriesFilter = {
          filter = local.latency_filter
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_DELTA"
            crossSeriesReducer = "REDUCE_PERCENTILE_${percentile}"
            groupByFields      = local.by_backend
          }
        }
      }
    }
  ]

  charts = concat(local.percentile_charts, [
    {
      title = "Error rate per endpoint"
      query = {
        timeSeriesFilterRatio = {
          numerator   = { filter = "${local.requests_filter} AND metric.labels.response_code_class=500", aggregation = local.summed_by_backend }
          denominator = { filter = local.requests_filter, aggregation = local.summed_by_backend }
        }
      }
    },
    {
      title = "Requests per endpoint (1/s)"
      query = { timeSeriesFilter = { filter = local.requests_filter, aggregation = local.summed_by_backend } }
    },
    {
      title = "Instances per function"
      query = {
        timeSeriesFilter = {
          filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/container/instance_count\""
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_MAX"
            crossSeriesReducer = "REDUCE_SUM"
            groupByFields      = ["resource.label.service_name"]
          }
        }
      }
    },
    {
      title = "Tasks waiting, by queue"
      query = {
        timeSeriesFilter = {
          filter = "resource.type=\"cloud_tasks_queue\" AND metric.type=\"cloudtasks.googleapis.com/queue/depth\""
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_MAX"
            crossSeriesReducer = "REDUCE_SUM"
            groupByFields      = ["resource.label.queue_id"]
          }
        }
      }
    },
    {
      title = "Age of tasks when they begin, p95 by queue (s)"
      query = {
        timeSeriesFilter = {
          filter = local.own_metric["queue_age_seconds"]
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_DELTA"
            crossSeriesReducer = "REDUCE_PERCENTILE_95"
            groupByFields      = local.by_queue
          }
        }
      }
    },
    {
      title = "Slow calls, p95 by kind (ms)"
      query = {
        timeSeriesFilter = {
          filter = local.own_metric["slow_call_ms"]
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_DELTA"
            crossSeriesReducer = "REDUCE_PERCENTILE_95"
            groupByFields      = ["metric.label.call"]
          }
        }
      }
    },
    {
      title = "Bookings, by what was answered (per minute)"
      query = {
        timeSeriesFilter = {
          filter = local.own_metric["bookings"]
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_DELTA"
            crossSeriesReducer = "REDUCE_SUM"
            groupByFields      = ["metric.label.status", "metric.label.reason"]
          }
        }
      }
    },
    {
      title = "Searches, by endpoint (per minute)"
      query = {
        timeSeriesFilter = {
          filter = local.own_metric["searches"]
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_DELTA"
            crossSeriesReducer = "REDUCE_SUM"
            groupByFields      = ["metric.label.endpoint"]
          }
        }
      }
    },
    {
      title = "From an event's commit to the sockets, p95 (ms)"
      query = {
        timeSeriesFilter = {
          filter = local.own_metric["realtime_lag_ms"]
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_DELTA"
            crossSeriesReducer = "REDUCE_PERCENTILE_95"
          }
        }
      }
    },
    {
      title = "Refused by Cloud Armor (1/s)"
      query = {
        timeSeriesFilter = {
          filter = "resource.type=\"network_security_policy\" AND metric.type=\"networksecurity.googleapis.com/https/request_count\" AND metric.labels.blocked=\"true\""
          aggregation = {
            alignmentPeriod    = "60s"
            perSeriesAligner   = "ALIGN_RATE"
            crossSeriesReducer = "REDUCE_SUM"
            groupByFields      = ["resource.label.policy_name"]
          }
        }
      }
    },
  ])
}

resource "google_monitoring_dashboard" "main" {
  dashboard_json = jsonencode({
    displayName = "ConsentMD ${var.environment}"
    mosaicLayout = {
      columns = 12
      tiles = [
        for number, chart in local.charts : {
          xPos   = number % 2 * 6
          yPos   = floor(number / 2) * 4
          width  = 6
          height = 4
          widget = {
            title   = chart.title
            xyChart = { dataSets = [{ plotType = "LINE", timeSeriesQuery = chart.query }] }
          }
        }
      ]
    }
  })
}
