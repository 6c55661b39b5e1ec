# Charts, two a row: a line per member of `by`, and of a ratio where `of` names what the series is a part of.

locals {
  percentiles = [
    for percentile in ["50", "95", "99"] : {
      title   = "p${percentile} per endpoint (ms)"
      filter  = local.latencies
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_${percentile}"
      by      = local.by_backend
    }
  ]

  charts = concat(local.percentiles, [
    {
      title   = "Error rate per endpoint"
      filter  = "${local.requests} AND metric.labels.response_code_class=500"
      of      = local.requests
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      by      = local.by_backend
    },
    {
      title   = "Requests per endpoint (1/s)"
      filter  = local.requests
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      by      = local.by_backend
    },
    {
      title   = "Instances per function"
      filter  = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/container/instance_count\""
      aligner = "ALIGN_MAX"
      reducer = "REDUCE_SUM"
      by      = ["resource.label.service_name"]
    },
    {
      title   = "Tasks waiting, by queue"
      filter  = local.depth
      aligner = "ALIGN_MAX"
      reducer = "REDUCE_SUM"
      by      = ["resource.label.queue_id"]
    },
    {
      title   = "Age of tasks when they begin, p95 by queue (s)"
      filter  = local.own_metric["queue_age_seconds"]
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_95"
      by      = local.by_queue
    },
    {
      title   = "Slow calls, p95 by kind (ms)"
      filter  = local.own_metric["slow_call_ms"]
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_95"
      by      = ["metric.label.call"]
    },
    {
      title   = "Bookings, by what was answered (per minute)"
      filter  = local.own_metric["bookings"]
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_SUM"
      by      = ["metric.label.status", "metric.label.reason"]
    },
    {
      title   = "Searches, by endpoint (per minute)"
      filter  = local.own_metric["searches"]
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_SUM"
      by      = ["metric.label.endpoint"]
    },
    {
      title   = "From an event's commit to the sockets, p95 (ms)"
      filter  = local.own_metric["realtime_lag_ms"]
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_95"
      by      = []
    },
    {
      title   = "Refused by Cloud Armor (1/s)"
      filter  = "resource.type=\"network_security_policy\" AND metric.type=\"networksecurity.googleapis.com/https/request_count\" AND metric.labels.blocked=\"true\""
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      by      = ["resource.label.policy_name"]
    },
  ])

  aggregations = [
    for chart in local.charts : {
      for name, value in {
        alignmentPeriod    = "60s"
        perSeriesAligner   = chart.aligner
        crossSeriesReducer = chart.reducer
        groupByFields      = chart.by
      } : name => value if value != []
    }
  ]

  queries = [
    for number, chart in local.charts : {
      for kind, query in {
        timeSeriesFilter = { filter = chart.filter, aggregation = local.aggregations[number] }
        timeSeriesFilterRatio = {
          numerator   = { filter = chart.filter, aggregation = local.aggregations[number] }
          denominator = { filter = try(chart.of, ""), aggregation = local.aggregations[number] }
        }
      } : kind => query if(kind == "timeSeriesFilterRatio") == can(chart.of)
    }
  ]
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
            xyChart = { dataSets = [{ plotType = "LINE", timeSeriesQuery = local.queries[number] }] }
          }
        }
      ]
    }
  })
}
