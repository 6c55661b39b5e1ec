variable "name" {
  description = "Name of the bucket, unique in the world."
  type        = string
}

variable "location" {
  description = "Where it lies."
  type        = string
}

variable "key" {
  description = "KMS key that encrypts its objects."
  type        = string
}

variable "protected" {
  description = "Whether Terraform is kept from deleting it with what is in it."
  type        = bool
}

variable "origins" {
  description = "Origins whose pages may follow signed links with a script; none: no page needs to."
  type        = list(string)
  default     = []
}

variable "retention_days" {
  description = "Days for which an object can be neither replaced nor deleted; 0: objects have versions instead."
  type        = number
  default     = 0
}

variable "retention_locked" {
  description = "Whether the retention can never be shortened again, by anybody."
  type        = bool
  default     = false
}

variable "delete_after_days" {
  description = "Age at which objects are deleted; 0: never by the bucket."
  type        = number
  default     = 0
}

variable "grants" {
  description = "Role on the bucket by e-mail of a service account."
  type        = map(string)
}

variable "one_day" {
  description = "Prefixes of objects that are deleted when they are a day old, earlier versions included."
  type        = list(string)
  default     = []
}
