// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// vendorCompatible is Agora's number for a service that is identified by its address.
const vendorCompatible = "11"

// convertStorage converts the storageConfig: the bucket, and the key for it.
func (c *conversion) convertStorage(value any) error {
	const name = "storageConfig"
	config, err := objectOf(name, value)
	if err != nil {
		return err
	}
	c.leaveOutOtherVendors(config)
	keys, err := c.takeKeys(config)
	if err != nil {
		return err
	}
	endpoint, err := c.takeEndpoint(config)
	if err != nil {
		return err
	}
	// The operator's field endpoint is not part of Agora's object.
	if value, given := config["endpoint"]; given {
		delete(config, "endpoint")
		if !c.leaveOutEmpty(name+".endpoint", value) {
			c.leaveOutMisplaced(name + ".endpoint")
		}
	}
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
	if endpoint != "" {
		c.storage["endpoint"] = endpoint
	}
	c.storage["credentialsSecretRef"], err = c.secret("bucket", keys)
	return err
}

// takeKeys removes the key of the bucket.
func (c *conversion) takeKeys(config members) (members, error) {
	const name = "storageConfig"
	keys := c.take(name, config, v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey, v1alpha1.StsTokenKey, v1alpha1.StsExpirationKey)
	for _, key := range []string{v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey} {
		if keys[key] == nil {
			return nil, fmt.Errorf("%s.%s is missing or empty: add it, since Agora writes to the bucket with it", name, key)
		}
	}
	expiration, given := keys[v1alpha1.StsExpirationKey]
	switch {
	case !given:
	case keys[v1alpha1.StsTokenKey] == nil:
		delete(keys, v1alpha1.StsExpirationKey)
		c.note("%s.stsExpiration was left out: it says nothing without an stsToken.", name)
	case !seconds.MatchString(fmt.Sprint(expiration)):
		return nil, fmt.Errorf("%s.stsExpiration is not a whole number of seconds since 1970: correct it", name)
	default:
		keys[v1alpha1.StsExpirationKey] = fmt.Sprint(expiration)
	}
	return keys, nil
}

// seconds matches a time in a Secret.
var seconds = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// takeEndpoint removes the address of the service from the extensionParams.
func (c *conversion) takeEndpoint(config members) (string, error) {
	const name = "storageConfig.extensionParams"
	if isEmpty(config["extensionParams"]) {
		return "", nil
	}
	parameters, err := objectOf(name, config["extensionParams"])
	if err != nil {
		return "", err
	}
	value, given := c.take(name, parameters, "endpoint")["endpoint"]
	if !given {
		return "", nil
	}
	endpoint, isText := value.(string)
	if !isText {
		return "", checkKind(name+".endpoint", value, reflect.String)
	}
	if fmt.Sprint(config["vendor"]) != vendorCompatible {
		return "", fmt.Errorf("%s.endpoint is for vendor 11, which is named by its address: take it out, or set vendor to 11", name)
	}
	for _, scheme := range []string{"https://", "http://"} {
		if strings.HasPrefix(endpoint, scheme) {
			c.note("%s.endpoint is sent to Agora without %s, as Agora's own examples have it.", name, scheme)
		}
	}
	if strings.HasSuffix(endpoint, "/") {
		c.note("%s.endpoint is sent to Agora without the slash at its end.", name)
	}
	return endpoint, nil
}
