// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/convert/apiserver"
)

const (
	recordingKind = "CloudRecording"
	profileKind   = "CloudRecordingProfile"
)

// printTogether returns the shared Secrets, and each profile with its recordings and their own
// Secrets, as YAML that an API server accepts.
func printTogether(shared []secret, groups []*group, namespace string) ([]byte, error) {
	documents, err := printSecrets(shared)
	if err != nil {
		return nil, err
	}
	var refusals []string
	for _, secret := range shared {
		refusals = append(refusals, apiserver.RefusalsOfSecret(secret.manifest)...)
	}
	for _, group := range groups {
		printed, refusalsOfGroup, err := group.print(namespace)
		if err != nil {
			return nil, err
		}
		documents, refusals = append(documents, printed...), append(refusals, refusalsOfGroup...)
	}
	if len(refusals) > 0 {
		return nil, refused(refusals)
	}
	return join(documents), nil
}

// print returns the profile and its recordings, and why an API server would refuse them.
func (g *group) print(namespace string) (documents [][]byte, refusals []string, err error) {
	comment := fmt.Sprintf("What the recordings of mode %s share.", g.mode)
	profile, err := manifest(comment, profileKind, metadata(g.name, namespace), g.profile)
	if err != nil {
		return nil, nil, err
	}
	documents = append(documents, profile)
	if refusals, err = apiserver.RefusalsOfCloudRecordingProfile(profile); err != nil {
		return nil, nil, fmt.Errorf("check the profile: %w", err)
	}
	for _, recording := range g.recordings {
		secrets, err := printSecrets(recording.secrets)
		if err != nil {
			return nil, nil, err
		}
		short, err := manifest(fmt.Sprintf("Made of %s.", onOneLine(recording.file)), recordingKind, metadata(recording.name, namespace), recording.spec)
		if err != nil {
			return nil, nil, err
		}
		documents = append(append(documents, secrets...), short)
		found, err := apiserver.RefusalsOfCloudRecording(short)
		if err != nil {
			return nil, nil, fmt.Errorf("check the recording of %s: %w", recording.file, err)
		}
		refusals = append(refusals, found...)
	}
	return documents, refusals, nil
}

// manifest writes an object as people do: the fields are in the order of the API, and short
// values are on one line.
func manifest(comment, kind string, metadata, spec members) ([]byte, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "# %s\napiVersion: %s\nkind: %s\n", comment, v1alpha1.GroupVersion, kind)
	if err := writeField(&text, "", "metadata", metadata); err != nil {
		return nil, err
	}
	text.WriteString("spec:\n")
	for _, field := range fieldNames(reflect.TypeFor[v1alpha1.CloudRecordingSpec]()) {
		if value, isThere := spec[field]; isThere {
			if err := writeField(&text, "  ", field, value); err != nil {
				return nil, err
			}
		}
	}
	return text.Bytes(), nil
}

// writeField writes a field of a document, or of an object in it.
func writeField(text *bytes.Buffer, indent, name string, value any) error {
	if line, isShort := oneLine(value); isShort {
		fmt.Fprintf(text, "%s%s: %s\n", indent, name, line)
		return nil
	}
	document := members{name: value}
	if indent != "" {
		document = members{"outer": document}
	}
	block, err := yaml.Marshal(document)
	if err != nil {
		return fmt.Errorf("write %s as YAML: %w", name, err)
	}
	text.Write(bytes.TrimPrefix(block, []byte("outer:\n")))
	return nil
}

// longestLine is the maximum length of a list or an object on one line.
const longestLine = 80

// oneLine returns a list of texts, or an object of texts, on one line.
func oneLine(value any) (line string, isShort bool) {
	var parts []string
	opening, closing := "[", "]"
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			text, isText := element.(string)
			if !isText {
				return "", false
			}
			parts = append(parts, scalar(text))
		}
	case members:
		opening, closing = "{", "}"
		for _, name := range []string{"name", "namespace"} {
			if text, isText := value[name].(string); isText {
				parts = append(parts, name+": "+scalar(text))
			}
		}
		if len(parts) != len(value) {
			return "", false
		}
	default:
		return "", false
	}
	line = opening + strings.Join(parts, ", ") + closing
	return line, len(line) <= longestLine
}

// onOneLine returns the name of a file. The name is quoted if a comment could not contain it.
func onOneLine(file string) string {
	if quoted := strconv.Quote(file); quoted != `"`+file+`"` {
		return quoted
	}
	return file
}

// plain matches texts that need no quotation marks in YAML.
var plain = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// scalar formats a text within a list or an object on one line.
func scalar(text string) string {
	if plain.MatchString(text) {
		if block, err := yaml.Marshal(text); err == nil {
			return strings.TrimSpace(string(block))
		}
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(quoted)
}
