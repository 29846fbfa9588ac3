// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"reflect"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// convertServices converts the extensionServiceConfig: the recorded page, and the address to
// which it is pushed.
func (c *conversion) convertServices(value any) error {
	const name = "extensionServiceConfig"
	config, err := objectOf(name, value)
	if err != nil {
		return err
	}
	if _, ok := config["apiVersion"]; ok {
		c.note("%s.apiVersion was left out: Agora needed it once, and knows v1 alone.", name)
		delete(config, "apiVersion")
	}
	services, ok := config["extensionServices"].([]any)
	if !ok || len(services) == 0 {
		return fmt.Errorf("%s.extensionServices is missing, empty or no list: it must name web_recorder_service, which records the page", name)
	}
	references := make([]any, len(services))
	for i, service := range services {
		if references[i], err = c.takeOutputs(fmt.Sprintf("%s.extensionServices[%d]", name, i), service); err != nil {
			return err
		}
	}
	fitted, err := c.fitObject(name, config, reflect.TypeFor[v1alpha1.ExtensionServiceConfig]())
	if err != nil {
		return err
	}
	c.start[name] = fitted
	for i, reference := range references {
		// The references are added to the result, after fitting.
		if reference != nil {
			parametersOf(fitted, i)["outputs"] = []any{reference}
		}
	}
	return nil
}

// parametersOf returns the serviceParam of a converted service.
func parametersOf(config any, i int) members {
	object, _ := config.(members)
	services, _ := object["extensionServices"].([]any)
	service, _ := services[i].(members)
	parameters, _ := service["serviceParam"].(members)
	return parameters
}

// takeOutputs removes the address to which a service pushes, because it is a secret. It returns
// the output with the reference that replaces it, or nil if there is no address.
func (c *conversion) takeOutputs(path string, value any) (any, error) {
	service, err := objectOf(path, value)
	if err != nil {
		return nil, err
	}
	if service["serviceName"] == "aliyun_vod_service" {
		return nil, fmt.Errorf("%s is aliyun_vod_service, which Agora has removed from its documentation: take it out, and bring the files from the bucket to the service", path)
	}
	if service["serviceParam"] == nil {
		return nil, fmt.Errorf("%s.serviceParam is missing: it says what the service is to do", path)
	}
	parameters, err := objectOf(path+".serviceParam", service["serviceParam"])
	if err != nil {
		return nil, err
	}
	outputs := c.take(path+".serviceParam", parameters, "outputs")["outputs"]
	if outputs == nil {
		return nil, nil
	}
	list, ok := outputs.([]any)
	if !ok || len(list) != 1 || c.pushed {
		return nil, fmt.Errorf("%s.serviceParam.outputs must be a list of one output, and one service alone may have it: Agora pushes to one address", path)
	}
	output, err := objectOf(path+".serviceParam.outputs[0]", list[0])
	if err != nil {
		return nil, err
	}
	address := c.take(path+".serviceParam.outputs[0]", output, v1alpha1.RTMPURLKey)
	if len(address) != 1 || len(output) > 0 {
		return nil, fmt.Errorf("%s.serviceParam.outputs[0] must have rtmpUrl, and nothing else: Agora knows no other member", path)
	}
	reference, err := c.secret("cdn", address)
	c.pushed = true
	return members{"rtmpUrlSecretRef": reference}, err
}
