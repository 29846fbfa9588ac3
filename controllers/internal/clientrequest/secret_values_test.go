// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"fmt"
	"reflect"
	"testing"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestSecretsAreOfATypeThatHidesThem makes sure that whoever adds a Secret's value hides
// it.
func TestSecretsAreOfATypeThatHidesThem(t *testing.T) {
	g := NewWithT(t)
	secrets := Secrets{}
	fields := reflect.ValueOf(&secrets).Elem()
	var expected []string
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		if name == "Version" {
			continue
		}
		g.Expect(fields.Field(i).Type()).To(Equal(reflect.TypeFor[SecretText]()), name)
		fields.Field(i).SetString("s3cr3t-" + name)
		expected = append(expected, "s3cr3t-"+name)
	}
	g.Expect(secrets.All()).To(ConsistOf(expected))
	g.Expect(fmt.Sprintf("%v %+v %#v %v %+v %#v", secrets, secrets, secrets, secrets.Token, []any{secrets.StsToken}, secrets.SecretKey)).
		NotTo(ContainSubstring("s3cr3t"))
}

// TestValuesAreReadUnderTheirKeys makes sure that each value is read from the Secret's key
// for it.
func TestValuesAreReadUnderTheirKeys(t *testing.T) {
	g := NewWithT(t)
	secrets := Secrets{}
	recording, _ := recordingtest.NamingEverySecret()
	needed := map[*SecretText]string{}
	for _, need := range secrets.Needs(recording) {
		needed[need.Value] = need.Key
	}
	for field, value := range reflect.ValueOf(&secrets).Elem().Fields() {
		if text, ok := value.Addr().Interface().(*SecretText); ok {
			g.Expect(needed[text]).NotTo(BeEmpty(), field.Name)
			g.Expect(needed[text]).To(Equal(field.Tag.Get("key")), field.Name)
		}
	}
}
