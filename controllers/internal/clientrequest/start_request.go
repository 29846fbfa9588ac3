// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/usererror"
)

// Scenes in an acquire request: what the resource is for.
const (
	sceneRealTime = 0
	sceneWeb      = 1
)

// jsonObject is a JSON object that is being built.
type jsonObject map[string]any

// Acquire returns the clientRequest of acquire.
func Acquire(recording *v1alpha1.CloudRecording) (agora.ClientRequest, error) {
	start := recording.Spec.Start
	request := jsonObject{"scene": sceneRealTime, "resourceExpiredHour": start.ResourceExpiredHour}
	if recording.Spec.Mode == v1alpha1.WebMode {
		request["scene"] = sceneWeb
	}
	if start.Region != "" {
		request["region"] = start.Region
	}
	if len(start.ExcludeResourceIDs) > 0 {
		request["excludeResourceIds"] = start.ExcludeResourceIDs
	}
	if err := request.addRaw(start.RawParameters, v1alpha1.RawParameterMethodAcquire); err != nil {
		return agora.ClientRequest{}, err
	}
	return encodeRequest(request, nil)
}

// Start returns the clientRequest of start: what the spec says, under Agora's names, and
// the values from Secrets. The same spec and Secrets give the same bytes, by which Agora
// recognizes a repeated start.
func Start(recording *v1alpha1.CloudRecording, secrets Secrets) (agora.ClientRequest, error) {
	start := recording.Spec.Start
	request := jsonObject{"storageConfig": storageConfig(recording.Spec.Storage, secrets)}
	if secrets.Token != "" {
		request["token"] = secrets.Token
	}
	if start.RecordingConfig != nil {
		if params := start.RecordingConfig.PrivateParams; params != "" && membersIn(params) == nil {
			return agora.ClientRequest{}, usererror.SpecError(MessagePrivateParams)
		}
		config, err := recordingConfig(start.RecordingConfig, secrets)
		if err != nil {
			return agora.ClientRequest{}, err
		}
		request["recordingConfig"] = config
	}
	if start.RecordingFileConfig != nil {
		request["recordingFileConfig"] = start.RecordingFileConfig
	}
	if start.SnapshotConfig != nil {
		request["snapshotConfig"] = start.SnapshotConfig
	}
	if start.ExtensionServiceConfig != nil {
		config, err := extensionServiceConfig(start.ExtensionServiceConfig, secrets)
		if err != nil {
			return agora.ClientRequest{}, err
		}
		request["extensionServiceConfig"] = config
	}
	if err := request.addRaw(start.RawParameters, v1alpha1.RawParameterMethodStart); err != nil {
		return agora.ClientRequest{}, err
	}
	return encodeRequest(request, secrets.All())
}

// MessagePrivateParams says that privateParams is not a JSON object, which the API server
// cannot check.
const MessagePrivateParams = "The text in spec.start.recordingConfig.privateParams is not a JSON object: put names and texts into quotation marks, and check the brackets and commas."

// membersIn returns the members of a JSON object, or nil if the text is not one.
func membersIn(text string) (decoded jsonObject) {
	if json.Unmarshal([]byte(text), &decoded) != nil {
		return nil
	}
	return decoded
}

func encodeRequest(request jsonObject, secrets []string) (agora.ClientRequest, error) {
	encoded, err := json.Marshal(request)
	if err != nil {
		return agora.ClientRequest{}, fmt.Errorf("encode the clientRequest: %w", err)
	}
	return agora.ClientRequest{JSON: encoded, Secrets: secrets}, nil
}

// storageConfig returns where Agora writes the files, and with which key.
func storageConfig(spec *v1alpha1.StorageSpec, secrets Secrets) jsonObject {
	config := jsonObject{
		"vendor": spec.Vendor, "region": spec.Region, "bucket": spec.Bucket,
		"accessKey": secrets.AccessKey, "secretKey": secrets.SecretKey,
	}
	if len(spec.FileNamePrefix) > 0 {
		config["fileNamePrefix"] = spec.FileNamePrefix
	}
	if secrets.StsToken != "" {
		config["stsToken"] = secrets.StsToken
		if secrets.StsExpiration != "" {
			config["stsExpiration"] = json.Number(string(secrets.StsExpiration))
		}
	}
	parameters := jsonObject{}
	if spec.Vendor == VendorCompatible {
		parameters["endpoint"] = withoutScheme(spec.Endpoint)
	}
	if extension := spec.ExtensionParams; extension != nil {
		parameters.addText("sse", extension.SSE)
		parameters.addText("tag", extension.Tag)
	}
	if len(parameters) > 0 {
		config["extensionParams"] = parameters
	}
	return config
}

// VendorCompatible is Agora's number for an S3-compatible service, which is identified by
// its address.
const VendorCompatible = 11

// withoutScheme returns an address in the form that Agora's examples have.
func withoutScheme(endpoint string) string {
	if _, host, ok := strings.Cut(endpoint, "://"); ok {
		return strings.TrimSuffix(host, "/")
	}
	return strings.TrimSuffix(endpoint, "/")
}

// recordingConfig returns how the channel is recorded. Agora's reference spells the lists
// of excluded users in two ways, and Agora's own clients send the one with the capital
// letter.
func recordingConfig(spec *v1alpha1.RecordingConfig, secrets Secrets) (jsonObject, error) {
	config, err := membersOf(spec)
	if err != nil {
		return nil, err
	}
	delete(config, "decryptionSecretRef")
	config.addText("secret", string(secrets.DecryptionSecret))
	config.addText("salt", string(secrets.DecryptionSalt))
	config.rename("unsubscribeAudioUids", "unSubscribeAudioUids")
	config.rename("unsubscribeVideoUids", "unSubscribeVideoUids")
	return config, nil
}

// extensionServiceConfig returns which page is recorded, and where it is pushed to.
func extensionServiceConfig(spec *v1alpha1.ExtensionServiceConfig, secrets Secrets) (jsonObject, error) {
	var services []jsonObject
	for _, service := range spec.ExtensionServices {
		parameters, err := membersOf(service.ServiceParam)
		if err != nil {
			return nil, err
		}
		policy := "error_abort"
		if service.ServiceName == RTMPPublishService {
			policy = "error_ignore"
			parameters["outputs"] = rtmpOutputs(secrets)
		}
		services = append(services, jsonObject{
			"serviceName": service.ServiceName, "errorHandlePolicy": policy, "serviceParam": parameters,
		})
	}
	return jsonObject{"errorHandlePolicy": "error_abort", "extensionServices": services}, nil
}

// rtmpOutputs returns the CDN addresses that a page is pushed to. Agora accepts only one.
func rtmpOutputs(secrets Secrets) []jsonObject {
	return []jsonObject{{"rtmpUrl": secrets.RTMPURL}}
}

// membersOf returns the members of a value that is a JSON object.
func membersOf(value any) (jsonObject, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode a part of the clientRequest: %w", err)
	}
	decoded := jsonObject{}
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		return nil, fmt.Errorf("take a part of the clientRequest to pieces: %w", err)
	}
	if decoded == nil {
		// The value was null.
		return jsonObject{}, nil
	}
	return decoded, nil
}

func (m jsonObject) addText(name, text string) {
	if text != "" {
		m[name] = text
	}
}

func (m jsonObject) rename(from, to string) {
	if value, ok := m[from]; ok {
		delete(m, from)
		m[to] = value
	}
}

// addRaw adds the members of a method's clientRequest that have no field of their own, each
// at its path. The API server fills in start if the method is missing.
func (m jsonObject) addRaw(parameters []v1alpha1.RawParameter, method v1alpha1.RawParameterMethod) error {
	for _, parameter := range parameters {
		if cmp.Or(parameter.Method, v1alpha1.RawParameterMethodStart) != method {
			continue
		}
		// The value is passed on as written: a number may have more digits than Go's numbers do.
		value := json.RawMessage(parameter.Value)
		if !json.Valid(value) {
			return usererror.SpecError(fmt.Sprintf("The value of %q in spec.start.rawParameters is not JSON: put texts into quotation marks, and check the brackets.", parameter.Name))
		}
		if err := m.put(strings.Split(parameter.Name, "."), value); err != nil {
			return usererror.SpecError(fmt.Sprintf("%q in spec.start.rawParameters cannot be set: a part of its path is no object.", parameter.Name))
		}
	}
	return nil
}

// errNoObject means that a path leads through something that is not an object.
var errNoObject = fmt.Errorf("a part of the path is no object")

// put sets the member at a path, and creates the objects on the way.
func (m jsonObject) put(path []string, value any) error {
	name := path[0]
	if len(path) == 1 {
		m[name] = value
		return nil
	}
	if services, isList := m[name].([]jsonObject); isList {
		return putIntoService(services, path[1:], value)
	}
	var inner jsonObject
	switch known := m[name].(type) {
	case nil:
		inner = jsonObject{}
	case jsonObject:
		inner = known
	case map[string]any:
		inner = known
	default:
		made, err := membersOf(known)
		if err != nil {
			return errNoObject
		}
		inner = made
	}
	m[name] = inner
	return inner.put(path[1:], value)
}

// putIntoService sets a member of the service that the path begins with.
func putIntoService(services []jsonObject, path []string, value any) error {
	i := slices.IndexFunc(services, func(service jsonObject) bool { return service["serviceName"] == path[0] })
	if i < 0 || len(path) == 1 {
		return errNoObject
	}
	return services[i].put(path[1:], value)
}

// RTMPPublishService is Agora's name for the service that pushes to CDN addresses.
const RTMPPublishService = "rtmp_publish_service"
