// SPDX-License-Identifier: Apache-2.0

package clientrequest

import (
	"fmt"
	"reflect"
	"testing"

	. "github.com/onsi/gomega"
)

// TestSecretsAreOfATypeThatHidesThem has whoever adds a value of a Secret hide it.
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
