// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// notSent are the fields of spec.start that are not sent to Agora as they are.
var notSent = []string{
	"spec.start.onExpiry", "spec.start.alternateUids",
	// A raw parameter names the member that it sets.
	"spec.start.rawParameters",
	// Agora knows only one value, which is always sent.
	"spec.start.extensionServiceConfig.errorHandlePolicy",
	"spec.start.extensionServiceConfig.extensionServices[].errorHandlePolicy",
}

// eachField changes each field within a value in turn, and calls try after each change. It
// leaves out fields that name a Secret.
func eachField(path string, value reflect.Value, try func(path string)) {
	if value.Kind() == reflect.Struct {
		for field, inner := range value.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !strings.HasSuffix(name, "SecretRef") {
				eachField(path+"."+name, inner, try)
			}
		}
		return
	}
	before := reflect.New(value.Type()).Elem()
	before.Set(value)
	defer value.Set(before)
	isList := value.Kind() == reflect.Slice
	switch {
	case value.Kind() == reflect.Pointer && value.Type().Elem().Kind() == reflect.Struct:
		if value.IsNil() {
			value.Set(reflect.New(value.Type().Elem()))
		}
		eachField(path, value.Elem(), try)
	case isList && value.Len() > 0 && value.Index(0).Kind() == reflect.Struct:
		for i := range value.Len() {
			eachField(path+"[]", value.Index(i), try)
		}
	default:
		change(value)
		try(path)
	}
}

// change changes a value.
func change(value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		// Some texts must stay JSON.
		value.SetString(cmp.Or(value.String(), "{}") + " ")
	case reflect.Int32:
		value.SetInt(value.Int() + 1)
	case reflect.Bool:
		value.SetBool(!value.Bool())
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		change(value.Elem())
	case reflect.Slice:
		item := reflect.New(value.Type().Elem()).Elem()
		if item.Kind() != reflect.Struct {
			change(item)
		}
		value.Set(reflect.Append(value, item))
	default:
		panic("no other value is known for a " + value.Kind().String())
	}
}

// mutabilityOf returns until when a field may change, by its own rule or that of a field
// above it.
func mutabilityOf(path string) v1alpha1.Mutability {
	for _, rule := range v1alpha1.ImmutabilityRules() {
		if path == rule.Field || strings.HasPrefix(path, rule.Field+".") {
			return rule.Mutability
		}
	}
	return ""
}

// TestEveryFieldOfAStartIsSent makes sure that whoever adds a field to spec.start has it
// sent to Agora, and sends updates of what may change during a recording.
func TestEveryFieldOfAStartIsSent(t *testing.T) {
	t.Parallel()
	const ofPages = "spec.start.extensionServiceConfig."
	for name, spec := range map[string]func(*v1alpha1.CloudRecordingSpec){"of a channel": nil, "of a page": pageToStart(nil)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			recording := recordingtest.ToStart(spec)
			// The address to push to comes from a Secret.
			secrets := Secrets{Token: "t", AccessKey: "a", SecretKey: "k", StsToken: "s", RTMPURL: "rtmp://example.com/key"}
			sent := func() (requests []string, update Parameters) {
				acquire, err := Acquire(recording)
				g.Expect(err).NotTo(HaveOccurred())
				start, err := Start(recording, secrets)
				g.Expect(err).NotTo(HaveOccurred())
				update, err = NewParameters(recording, secrets)
				g.Expect(err).NotTo(HaveOccurred())
				return []string{string(acquire.JSON), string(start.JSON)}, update
			}
			requests, update := sent()
			// Services share their paths, and a field may belong to only one of them.
			updated := map[string]bool{}
			eachField("spec.start", reflect.ValueOf(recording.Spec.Start).Elem(), func(path string) {
				if slices.Contains(notSent, path) || strings.HasPrefix(path, ofPages) != (recording.Spec.Mode == v1alpha1.WebMode) {
					return
				}
				changedRequests, changedUpdate := sent()
				g.Expect(changedRequests).NotTo(Equal(requests), "neither acquire nor start sends %s", path)
				updated[path] = updated[path] || !reflect.DeepEqual(changedUpdate.members, update.members)
			})
			g.Expect(len(updated)).To(BeNumerically(">", 10))
			for path, isSent := range updated {
				g.Expect(isSent || mutabilityOf(path) != v1alpha1.Mutable).To(BeTrue(), "no update sends %s, which may change while the recording runs", path)
			}
		})
	}
}

// TestEverySecretOfAStartIsSent makes sure that whoever adds a Secret's value puts it into
// the start.
func TestEverySecretOfAStartIsSent(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	recording, _ := recordingtest.NamingEverySecret()
	recording.Spec.Start.ExtensionServiceConfig.ExtensionServices[0].ServiceName = RTMPPublishService
	secrets := Secrets{StsToken: "given"}
	sent := func() string {
		request, err := Start(recording, secrets)
		g.Expect(err).NotTo(HaveOccurred())
		return string(request.JSON)
	}
	for field, value := range reflect.ValueOf(&secrets).Elem().Fields() {
		// The token is minted from an App Certificate, which nobody gets.
		if field.Type == reflect.TypeFor[SecretText]() && field.Name != "AppCertificate" {
			before := sent()
			value.SetString("1800000000")
			g.Expect(sent()).NotTo(Equal(before), "start does not send %s", field.Name)
		}
	}
}
