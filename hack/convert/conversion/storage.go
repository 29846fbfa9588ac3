// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"encoding/json"
	"fmt"
	"reflect"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// vendorCompatible is Agora's number for a service that is named by its address.
const vendorCompatible = "11"

// convertStorage is where the files go, and with which key.
func (c *conversion) convertStorage(value any) error {
	const name = "storageConfig"
	config, err := objectOf(name, value)
	if err != nil {
		return err
	}
	keys := take(config, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey, v1alpha1.StsTokenKey, v1alpha1.StsExpirationKey)
	for _, key := range []string{v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey} {
		if keys[key] == nil {
			return fmt.Errorf("%s.%s is missing or empty: add it, since Agora writes to the bucket with it", name, key)
		}
	}
	if expiration, ok := keys[v1alpha1.StsExpirationKey].(json.Number); ok {
		keys[v1alpha1.StsExpirationKey] = expiration.String()
	}
	endpoint, err := takeEndpoint(config)
	if err != nil {
		return err
	}
	// The address has a field of its own, which Agora's object has not.
	delete(config, "endpoint")
	fitted, err := c.fitObject(name, config, reflect.TypeFor[v1alpha1.StorageSpec]())
	if err != nil {
		return err
	}
	if c.storage, err = objectOf(name, fitted); err != nil {
		return err
	}
	if parameters, ok := c.storage["extensionParams"].(members); ok && len(parameters) == 0 {
		delete(c.storage, "extensionParams")
	}
	if endpoint != nil {
		c.storage["endpoint"] = endpoint
	}
	c.storage["credentialsSecretRef"], err = c.secret("bucket", keys)
	return err
}

// takeEndpoint removes the address of the service from the extensionParams.
func takeEndpoint(config members) (any, error) {
	const name = "storageConfig.extensionParams"
	if isEmpty(config["extensionParams"]) {
		return nil, nil
	}
	parameters, err := objectOf(name, config["extensionParams"])
	if err != nil {
		return nil, err
	}
	endpoint := take(parameters, "endpoint")["endpoint"]
	if endpoint != nil && fmt.Sprint(config["vendor"]) != vendorCompatible {
		return nil, fmt.Errorf("%s.endpoint is for vendor 11, which is named by its address: take it out, or set vendor to 11", name)
	}
	return endpoint, nil
}
