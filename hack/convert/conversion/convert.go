// SPDX-License-Identifier: Apache-2.0

// Package conversion makes manifests from the bodies of requests to Agora's start and acquire
// methods.
package conversion

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Options are the inputs that the bodies do not contain.
type Options struct {
	// AppID is the App ID in the URL of the requests.
	AppID string

	// Mode is the recording mode in the URL of start. If it is empty, it is derived from the
	// body.
	Mode string

	// Name is the name of the CloudRecording, and the prefix of the names of its Secrets.
	Name string

	// Namespace is the namespace of all objects. If it is empty, the manifests name none.
	Namespace string

	// Credentials is the name of the Secret with the customer ID and secret.
	Credentials string

	// AppCertificate is the name of the Secret with the project's App Certificate, from which
	// tokens are minted in place of those in the bodies. If it is empty, the tokens in the
	// bodies are kept.
	AppCertificate string
}

// Bodies are the bodies of the requests.
type Bodies struct {
	// Start is the body of the request to start.
	Start []byte

	// Acquire is the body of the request to acquire. It is empty if the request named only the
	// channel.
	Acquire []byte
}

// conversion is the result of converting bodies.
type conversion struct {
	options Options
	mode    v1alpha1.RecordingMode
	start   members
	storage members
	secrets []secret
	raw     []v1alpha1.RawParameter
	notes   []string

	// empty are the members that were empty.
	empty []string

	// pushed means that a service pushes a page to an address.
	pushed bool
}

// Convert returns the manifests for the bodies as YAML, and notes for people on what was
// guessed or left out. Its errors say what to do, and contain no secrets.
func Convert(bodies Bodies, options Options) (manifests []byte, notes []string, err error) {
	c := &conversion{options: options, start: members{}}
	spec, err := c.convertAndCheck(bodies)
	if err != nil {
		return nil, c.notes, err
	}
	manifests, err = c.print(spec)
	return manifests, c.notes, err
}

// convertAndCheck returns a spec that an API server accepts.
func (c *conversion) convertAndCheck(bodies Bodies) (members, error) {
	spec, err := c.convert(bodies)
	if len(c.empty) > 0 {
		c.note("what is empty was left out, since it says no more than what is absent: %s.", strings.Join(c.empty, ", "))
	}
	if err == nil {
		err = c.check(spec)
	}
	return spec, err
}

// convert returns the unchecked spec of the CloudRecording.
func (c *conversion) convert(bodies Bodies) (members, error) {
	body, err := c.decode("start", bodies.Start)
	if err != nil {
		return nil, err
	}
	if err := c.findMode(body.request); err != nil {
		return nil, err
	}
	if len(bodies.Acquire) > 0 {
		if err := c.convertAcquire(bodies.Acquire, body); err != nil {
			return nil, err
		}
	}
	c.leaveOutOtherModes(body.request)
	if err := c.convertRequest(body.request); err != nil {
		return nil, err
	}
	if len(c.raw) > 0 {
		c.start["rawParameters"] = c.raw
	}
	return members{
		"appId": c.options.AppID, "cname": body.cname, "uid": body.uid, "mode": c.mode,
		"credentialsSecretRef": members{"name": c.options.Credentials},
		"start":                c.start, "storage": c.storage,
	}, nil
}

// note adds a note on something that people may not expect.
func (c *conversion) note(format string, arguments ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, arguments...))
}

// convertRequest converts the members of the clientRequest.
func (c *conversion) convertRequest(request members) error {
	converters := map[string]func(value any) error{
		"token":                  c.convertToken,
		"recordingConfig":        c.convertRecording,
		"recordingFileConfig":    c.into("recordingFileConfig", v1alpha1.RecordingFileConfig{}),
		"snapshotConfig":         c.into("snapshotConfig", v1alpha1.SnapshotConfig{}),
		"storageConfig":          c.convertStorage,
		"extensionServiceConfig": c.convertServices,
		"appsCollection":         c.convertApps,
	}
	for _, name := range slices.Sorted(maps.Keys(request)) {
		var err error
		converter, known := converters[name]
		switch {
		case !known:
			err = c.addUnknown(name, request[name], slices.Sorted(maps.Keys(converters)))
		case !c.leaveOutEmpty(name, request[name]):
			err = converter(request[name])
		}
		if err != nil {
			return err
		}
	}
	if c.storage == nil {
		return fmt.Errorf("clientRequest has no storageConfig: add it, since Agora needs to know where the files go")
	}
	if c.start["recordingConfig"] == nil && c.mode != v1alpha1.WebMode {
		c.note("recordingConfig was absent, and the defaults that Agora documents stand in its place.")
		c.start["recordingConfig"] = members{}
	}
	return nil
}

// into returns a function that copies a member to fields of the same names.
func (c *conversion) into(name string, fields any) func(any) error {
	return func(value any) (err error) {
		c.start[name], err = c.fit(name, value, reflect.TypeOf(fields))
		return err
	}
}

func (c *conversion) convertToken(value any) (err error) {
	if c.options.AppCertificate != "" {
		c.start["appCertificateSecretRef"] = members{"name": c.options.AppCertificate}
		c.note("token was left out: it is for one channel alone, and 24 hours old at most. The operator mints one for each session "+
			"from the App Certificate in the Secret %s, under the key appCertificate: create it.", c.options.AppCertificate)
		return nil
	}
	c.start["tokenSecretRef"], err = c.secret("token", map[string]any{v1alpha1.TokenKey: value})
	return err
}

// convertApps leaves out the legacy appsCollection unless it requires another scene of acquire.
func (c *conversion) convertApps(value any) error {
	apps, err := objectOf("appsCollection", value)
	if err != nil {
		return err
	}
	if len(apps) == 0 || len(apps) == 1 && apps["combinationPolicy"] == "default" {
		c.note("appsCollection was left out: its combinationPolicy default says nothing.")
		return nil
	}
	return c.addRaw(v1alpha1.RawParameterMethodStart, "appsCollection", value)
}
