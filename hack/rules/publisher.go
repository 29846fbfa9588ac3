// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// publisherRule returns the rule that the service that pushes a page to a CDN has outputs and
// no other parameters.
func publisherRule(schema apiextensionsv1.JSONSchemaProps) (placedRule, error) {
	const (
		services  = "spec.start.extensionServiceConfig.extensionServices[]"
		parameter = "serviceParam"
		outputs   = "outputs"
	)
	service, err := find(schema, services+"."+parameter)
	if err != nil {
		return placedRule{}, err
	}
	conditions := []string{"has(self." + parameter + "." + outputs + ")"}
	for _, name := range sortedKeys(service.schema.Properties) {
		if name != outputs {
			conditions = append(conditions, "!has(self."+parameter+"."+name+")")
		}
	}
	return placedRule{services, apiextensionsv1.ValidationRule{
		Rule:    "self.serviceName != 'rtmp_publish_service' || (" + strings.Join(conditions, " && ") + ")",
		Message: "serviceParam of rtmp_publish_service needs outputs, and has nothing else",
	}}, nil
}
