// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"reflect"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// convertRecording converts the recordingConfig.
func (c *conversion) convertRecording(value any) error {
	const name = "recordingConfig"
	config, err := objectOf(name, value)
	if err != nil {
		return err
	}
	for _, medium := range []string{"Audio", "Video"} {
		if err := c.respell(config, "unSubscribe"+medium+"Uids", "unsubscribe"+medium+"Uids"); err != nil {
			return err
		}
	}
	c.leaveOutOtherLayouts(config)
	keys := c.take(name, config, v1alpha1.DecryptionSecretKey, v1alpha1.DecryptionSaltKey)
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

// saltedModes are Agora's decryption modes that require a salt.
var saltedModes = []string{"7", "8"}

// decryptionSecret returns the reference to the password of the channel, or nil if the channel
// is not encrypted.
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
	case keys[v1alpha1.DecryptionSaltKey] == nil && slices.Contains(saltedModes, fmt.Sprint(mode)):
		return nil, fmt.Errorf("recordingConfig.decryptionMode is %v, and recordingConfig.salt is not set: add it, 32 bytes as base64 text", mode)
	}
	return c.secret("channel", keys)
}

// respell renames a member that Agora's documentation spells in two ways.
func (c *conversion) respell(object members, from, to string) error {
	value, ok := object[from]
	if !ok {
		if !isEmpty(object[to]) {
			c.note("recordingConfig.%s is sent as %s, which is how Agora's own clients spell it.", to, from)
		}
		return nil
	}
	if !isEmpty(object[to]) && !isEmpty(value) {
		return fmt.Errorf("recordingConfig has both %s and %s: leave one, since Agora takes one", from, to)
	}
	delete(object, from)
	if !c.leaveOutEmpty("recordingConfig."+from, value) {
		object[to] = value
	}
	return nil
}
