# What the generated files and these variables must agree on.
resource "terraform_data" "consistent" {
  lifecycle {
    precondition {
      condition     = length(setsubtract(local.domains, keys(local.keysets_of))) == 0
      error_message = "keysets_of in secrets.tf does not say which keysets these domains need: ${join(", ", setsubtract(local.domains, keys(local.keysets_of)))}."
    }
    precondition {
      condition     = length(setsubtract(keys(var.min_instances), keys(local.functions))) == 0
      error_message = "min_instances names what is no function: ${join(", ", setsubtract(keys(var.min_instances), keys(local.functions)))}."
    }
    precondition {
      condition     = length(setsubtract(var.provided_secrets, local.secret_settings)) == 0
      error_message = "provided_secrets names what no function declares: ${join(", ", setsubtract(var.provided_secrets, local.secret_settings))}."
    }
    precondition {
      condition     = alltrue([for domain in local.domains : domain == "auth" || !contains(local.declared[domain], "JWT_PRIVATE_KEY_FILE")])
      error_message = "Only functions of the domain auth may read the private key of access tokens."
    }
    precondition {
      condition     = length(setsubtract(local.queues, keys(local.queue_policies))) == 0
      error_message = "queue_policies in queues.tf does not say how these queues retry: ${join(", ", setsubtract(local.queues, keys(local.queue_policies)))}."
    }
    precondition {
      condition     = alltrue([for name in keys(var.min_instances) : contains([for rule in local.url_map.rules : rule.service], name) if contains(keys(local.public_functions), name)])
      error_message = "min_instances keeps functions warm that the load balancer reaches through their domain's (url_map.json has no rule of their own): ${join(", ", [for name in keys(var.min_instances) : name if contains(keys(local.public_functions), name) && !contains([for rule in local.url_map.rules : rule.service], name)])}."
    }
  }
}
