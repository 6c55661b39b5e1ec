variable "name" {
  description = "Name of the service."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$", var.name))
    error_message = "A Cloud Run service's name must have at most 49 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Where it runs."
  type        = string
}

variable "image" {
  description = "Image, by digest."
  type        = string
}

variable "function" {
  description = "The manifest's entry: `public` says whether the load balancer may reach it, `timeout` is in seconds."
  type = object({
    target      = string
    kind        = string
    domain      = string
    access      = string
    public      = bool
    concurrency = number
    timeout     = number
    memory      = string
  })

  validation {
    condition     = contains(["http", "webhook", "task", "schedule", "gateway"], var.function.kind)
    error_message = "A function must be of kind http, webhook, task, schedule or gateway."
  }

  validation {
    condition     = var.function.concurrency >= 1 && var.function.concurrency <= 1000 && var.function.timeout >= 1 && var.function.timeout <= 3600
    error_message = "A function must take 1 to 1000 requests at once, of 1 to 3600 seconds each."
  }
}

variable "command" {
  description = "What the container starts instead of the function; none: the image's own command."
  type        = list(string)
  default     = null
}

variable "cpu" {
  description = "Processors of an instance."
  type        = string
  default     = "1"
}

variable "always_on" {
  description = "Whether it works between requests, and a client comes back to the same instance."
  type        = bool
  default     = false
}

variable "probes" {
  description = "Paths that say that it has started and that it is alive; none: whether its port takes connections."
  type        = object({ started = string, alive = string })
  default     = null
}

variable "account" {
  description = "E-mail of the service account it runs as."
  type        = string
}

variable "invoker" {
  description = "E-mail of the account that may call it; empty for what the load balancer serves."
  type        = string
  default     = ""
}

variable "settings" {
  description = "Environment variables."
  type        = map(string)
}

variable "secret_settings" {
  description = "Environment variables that are secrets: secret id by variable."
  type        = map(string)
}

variable "secret_files" {
  description = "Secrets that are files, by secret id. Cloud Run gives each a directory of its own."
  type        = map(object({ directory = string, file = string }))
}

variable "min_instances" {
  description = "Instances kept warm."
  type        = number
}

variable "max_instances" {
  description = "Most instances."
  type        = number
}

variable "sidecars" {
  description = "Containers that run beside it, by name: what each listens on, and what it needs."
  type = map(object({
    image   = string
    command = list(string)
    args    = list(string)
    port    = number
    cpu     = string
    memory  = string
  }))
  default = {}
}
