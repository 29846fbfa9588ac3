// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// options are what does not stand in the body.
type options struct {
	appID, mode, name, namespace, credentials string
}

// members are those of a JSON object.
type members map[string]any

// conversion is what a body is made into.
type conversion struct {
	options options
	start   members
	storage members
	secrets []*corev1.Secret
	raw     []v1alpha1.RawParameter
}

// convert returns the manifests for a body, as YAML.
func convert(body []byte, options options) ([]byte, error) {
	var envelope struct {
		CName         string  `json:"cname"`
		UID           string  `json:"uid"`
		ClientRequest members `json:"clientRequest"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&envelope); err != nil {
		return nil, fmt.Errorf("read the body as JSON: %w", err)
	}
	if envelope.ClientRequest == nil {
		return nil, errors.New("the body has no clientRequest: give the whole body of the request to start, with cname, uid and clientRequest")
	}
	c := &conversion{options: options, start: members{}}
	mode, err := c.modeOf(envelope.ClientRequest)
	if err != nil {
		return nil, err
	}
	if err := c.convertRequest(envelope.ClientRequest); err != nil {
		return nil, err
	}
	spec := members{
		"appId": options.appID, "cname": envelope.CName, "uid": envelope.UID, "mode": mode,
		"credentialsSecretRef": members{"name": options.credentials},
		"start":                c.start, "storage": c.storage,
	}
	return c.print(spec)
}

// modeOf finds out the mode, which stands in the request's URL only.
func (c *conversion) modeOf(request members) (string, error) {
	recording, _ := request["recordingConfig"].(map[string]any)
	_, hasGroup := recording["subscribeUidGroup"]
	_, hasLayout := recording["transcodingConfig"]
	switch {
	case c.options.mode != "":
		return c.options.mode, nil
	case request["extensionServiceConfig"] != nil:
		return string(v1alpha1.WebMode), nil
	case hasGroup || request["snapshotConfig"] != nil:
		return string(v1alpha1.IndividualMode), nil
	case hasLayout:
		return string(v1alpha1.MixMode), nil
	}
	return "", errors.New("the body does not show the mode: give --mode individual or --mode mix, as it stands in the URL of the request")
}

// convertRequest sorts the members of the clientRequest.
func (c *conversion) convertRequest(request members) error {
	for _, name := range slices.Sorted(maps.Keys(request)) {
		var err error
		switch name {
		case "token":
			c.start["tokenSecretRef"], err = c.secret("token", map[string]any{v1alpha1.TokenKey: request[name]})
		case "storageConfig":
			err = c.convertStorage(request)
		case "recordingConfig":
			err = c.convertRecording(request)
		case "extensionServiceConfig":
			err = c.convertServices(request)
		case "recordingFileConfig":
			err = c.copy(name, request, v1alpha1.RecordingFileConfig{})
		case "snapshotConfig":
			err = c.copy(name, request, v1alpha1.SnapshotConfig{})
		default:
			err = c.addRaw(name, request[name])
		}
		if err != nil {
			return err
		}
	}
	if c.storage == nil {
		return errors.New("clientRequest has no storageConfig: Agora needs to know where the files go")
	}
	return nil
}

// copy copies a member whose own members have fields of the same names.
func (c *conversion) copy(name string, from members, fields any) error {
	object, err := objectOf(name, from[name])
	if err != nil {
		return err
	}
	c.start[name] = known(object, fields)
	return c.addUnknown(name, object, fields)
}

// convertStorage is where the files go, and with which key.
func (c *conversion) convertStorage(request members) error {
	storage, err := objectOf("storageConfig", request["storageConfig"])
	if err != nil {
		return err
	}
	keys := map[string]any{}
	for _, key := range []string{v1alpha1.AccessKeyKey, v1alpha1.SecretKeyKey, v1alpha1.StsTokenKey} {
		if value, ok := storage[key]; ok {
			keys[key] = value
			delete(storage, key)
		}
	}
	// It says when the token lapses, which the operator does not need to start.
	delete(storage, "stsExpiration")
	if parameters, ok := storage["extensionParams"].(map[string]any); ok {
		if endpoint, ok := parameters["endpoint"]; ok {
			storage["endpoint"] = endpoint
			delete(parameters, "endpoint")
		}
		if len(parameters) == 0 {
			delete(storage, "extensionParams")
		}
	}
	known := fieldNames(v1alpha1.StorageSpec{})
	for name := range storage {
		if !known[name] {
			return fmt.Errorf("storageConfig.%s cannot be converted: there is no field for it", name)
		}
	}
	storage["credentialsSecretRef"], err = c.secret("bucket", keys)
	c.storage = storage
	return err
}

// convertRecording is how the channel is recorded.
func (c *conversion) convertRecording(request members) error {
	const name = "recordingConfig"
	config, err := objectOf(name, request[name])
	if err != nil {
		return err
	}
	keys := map[string]any{}
	for _, key := range []string{v1alpha1.DecryptionSecretKey, v1alpha1.DecryptionSaltKey} {
		if value, ok := config[key]; ok {
			keys[key] = value
			delete(config, key)
		}
	}
	for _, medium := range []string{"Audio", "Video"} {
		if value, ok := config["unSubscribe"+medium+"Uids"]; ok {
			config["unsubscribe"+medium+"Uids"] = value
			delete(config, "unSubscribe"+medium+"Uids")
		}
	}
	converted := known(config, v1alpha1.RecordingConfig{})
	if transcoding, ok := config["transcodingConfig"].(map[string]any); ok {
		const path = name + ".transcodingConfig"
		converted["transcodingConfig"] = known(transcoding, v1alpha1.TranscodingConfig{})
		if err := c.addUnknown(path, transcoding, v1alpha1.TranscodingConfig{}); err != nil {
			return err
		}
	}
	if len(keys) > 0 {
		if converted["decryptionSecretRef"], err = c.secret("channel", keys); err != nil {
			return err
		}
	}
	c.start[name] = converted
	return c.addUnknown(name, config, v1alpha1.RecordingConfig{})
}

// convertServices is which page is recorded, and where it is pushed to.
func (c *conversion) convertServices(request members) error {
	config, err := objectOf("extensionServiceConfig", request["extensionServiceConfig"])
	if err != nil {
		return err
	}
	// It was needed once, and says nothing.
	delete(config, "apiVersion")
	services, _ := config["extensionServices"].([]any)
	for i := range services {
		service, err := objectOf("a service in extensionServices", services[i])
		if err != nil {
			return err
		}
		parameters, _ := service["serviceParam"].(map[string]any)
		outputs, _ := parameters["outputs"].([]any)
		for j := range outputs {
			output, err := objectOf("an output of a service", outputs[j])
			if err != nil {
				return err
			}
			reference, err := c.secret("cdn", map[string]any{v1alpha1.RTMPURLKey: output["rtmpUrl"]})
			if err != nil {
				return err
			}
			outputs[j] = members{"rtmpUrlSecretRef": reference}
		}
	}
	c.start["extensionServiceConfig"] = config
	return nil
}

// known returns the members that have fields.
func known(object members, fields any) members {
	names := fieldNames(fields)
	known := members{}
	for name, value := range object {
		if names[name] {
			known[name] = value
		}
	}
	return known
}

// addUnknown makes raw parameters of the members that have no field.
func (c *conversion) addUnknown(path string, object members, fields any) error {
	names := fieldNames(fields)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if names[name] {
			continue
		}
		if err := c.addRaw(path+"."+name, object[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *conversion) addRaw(path string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s as JSON: %w", path, err)
	}
	c.raw = append(c.raw, v1alpha1.RawParameter{Name: path, Value: string(encoded)})
	return nil
}

// secret puts values into a Secret and returns the reference to it.
func (c *conversion) secret(purpose string, values map[string]any) (members, error) {
	secret := &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: c.options.name + "-" + purpose, Namespace: c.options.namespace},
		StringData: map[string]string{},
	}
	for key, value := range values {
		text, ok := value.(string)
		if !ok || strings.TrimSpace(text) == "" {
			return nil, fmt.Errorf("%s is not a text, or is empty", key)
		}
		secret.StringData[key] = text
	}
	c.secrets = append(c.secrets, secret)
	return members{"name": secret.Name}, nil
}

// print writes all as YAML, the Secrets first.
func (c *conversion) print(spec members) ([]byte, error) {
	if len(c.raw) > 0 {
		c.start["rawParameters"] = c.raw
	}
	metadata := members{"name": c.options.name}
	if c.options.namespace != "" {
		metadata["namespace"] = c.options.namespace
	}
	var documents [][]byte
	for _, secret := range c.secrets {
		document, err := yaml.Marshal(secret)
		if err != nil {
			return nil, fmt.Errorf("write the Secret %s as YAML: %w", secret.Name, err)
		}
		documents = append(documents, document)
	}
	document, err := yaml.Marshal(members{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": "CloudRecording", "metadata": metadata, "spec": spec,
	})
	if err != nil {
		return nil, fmt.Errorf("write the CloudRecording as YAML: %w", err)
	}
	if err := yaml.UnmarshalStrict(document, &v1alpha1.CloudRecording{}); err != nil {
		return nil, fmt.Errorf("the body has a member for which there is no field: %w", err)
	}
	return bytes.Join(append(documents, document), []byte("---\n")), nil
}
