// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"reflect"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// convertRecording is how the channel is recorded.
func (c *conversion) convertRecording(value any) error {
	const name = "recordingConfig"
	config, err := objectOf(name, value)
	if err != nil {
		return err
	}
	for _, medium := range []string{"Audio", "Video"} {
		if err := respell(config, "unSubscribe"+medium+"Uids", "unsubscribe"+medium+"Uids"); err != nil {
			return err
		}
	}
	if _, ok := config["subscribeUidGroup"]; ok && c.mode != v1alpha1.IndividualMode {
		c.note("%s.subscribeUidGroup was left out: it says nothing in mode %s.", name, c.mode)
		delete(config, "subscribeUidGroup")
	}
	keys := take(config, v1alpha1.DecryptionSecretKey, v1alpha1.DecryptionSaltKey)
	fitted, err := c.fitObject(name, config, reflect.TypeFor[v1alpha1.RecordingConfig]())
	if err != nil {
		return err
	}
	converted, err := objectOf(name, fitted)
	if err != nil {
		return err
	}
	if reference, err := c.decryptionSecret(config, keys); err != nil {
		return err
	} else if reference != nil {
		converted["decryptionSecretRef"] = reference
	}
	c.start[name] = converted
	return nil
}

// decryptionSecret returns the reference to the password of the channel; nil if
// it is not encrypted.
func (c *conversion) decryptionSecret(config, keys members) (members, error) {
	mode := config["decryptionMode"]
	encrypted := !isEmpty(mode) && fmt.Sprint(mode) != "0"
	switch {
	case !encrypted && len(keys) > 0:
		c.note("secret and salt in recordingConfig were left out: the channel is not encrypted if decryptionMode is 0 or absent.")
		return nil, nil
	case !encrypted:
		return nil, nil
	case keys[v1alpha1.DecryptionSecretKey] == nil:
		return nil, fmt.Errorf("recordingConfig.decryptionMode is set, and recordingConfig.secret is not: add the password of the channel")
	}
	return c.secret("channel", keys)
}

// respell renames a member that Agora's documentation spells in two ways.
func respell(object members, from, to string) error {
	value, ok := object[from]
	if !ok {
		return nil
	}
	if !isEmpty(object[to]) && !isEmpty(value) {
		return fmt.Errorf("recordingConfig has both %s and %s: leave one, since Agora takes one", from, to)
	}
	delete(object, from)
	if !isEmpty(value) {
		object[to] = value
	}
	return nil
}

// take removes members from an object, and returns those that are not empty.
func take(object members, names ...string) members {
	taken := members{}
	for _, name := range names {
		if value := object[name]; !isEmpty(value) {
			taken[name] = value
		}
		delete(object, name)
	}
	return taken
}
