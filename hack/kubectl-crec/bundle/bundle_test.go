// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/redaction"
)

// canary is in the values of all Secrets in these tests.
const canary = "c4n4ry"

// planted returns the data of a Secret, and a text that contains all values in the
// encodings of logs, addresses and objects.
func planted() (data map[string][]byte, text string) {
	data = map[string][]byte{}
	for i, key := range append(redaction.Keys(), "token-527842", "foreign") {
		value := fmt.Sprintf(`%s/%d+"=`, canary, i)
		data[key] = []byte(value)
		forms := []string{value, fmt.Sprintf("%q", value), url.QueryEscape(value), base64.StdEncoding.EncodeToString([]byte(value))}
		text += " " + forms[i%len(forms)]
	}
	return data, "begin" + text + " end"
}

// plant puts a text into every string of a value, including those in lists and maps.
func plant(value reflect.Value, text string, depth int) {
	if depth > 40 || !value.CanSet() {
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Pointer:
		if value.Type().Elem() == reflect.TypeFor[metav1.Time]() {
			return
		}
		value.Set(reflect.New(value.Type().Elem()))
		plant(value.Elem(), text, depth+1)
	case reflect.Struct:
		for i := range value.NumField() {
			plant(value.Field(i), text, depth+1)
		}
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		plant(value.Index(0), text, depth+1)
	case reflect.Map:
		if value.Type().Key().Kind() != reflect.String || value.Type().Elem().Kind() != reflect.String {
			return
		}
		value.Set(reflect.MakeMap(value.Type()))
		filled := reflect.ValueOf(text)
		value.SetMapIndex(filled.Convert(value.Type().Key()), filled.Convert(value.Type().Elem()))
	default:
	}
}

// collected returns the types that are collected as objects.
func collected() []runtime.Object {
	return []runtime.Object{
		&v1alpha1.CloudRecording{}, &v1alpha1.CloudRecordingProfile{}, &v1alpha1.CloudRecordingSchedule{}, &corev1.Event{}, &corev1.ConfigMap{}, &appsv1.Deployment{},
		&coordinationv1.Lease{}, &admissionregistrationv1.ValidatingAdmissionPolicy{}, &admissionregistrationv1.ValidatingAdmissionPolicyBinding{},
	}
}

// expectNoCanary checks everything that would be written, including file names.
func expectNoCanary(g Gomega, b *Bundle) {
	g.Expect(b.files).NotTo(BeEmpty())
	for name, content := range b.files {
		g.Expect(name).NotTo(ContainSubstring(canary))
		g.Expect(string(content)).NotTo(ContainSubstring(canary), name)
		g.Expect(string(content)).NotTo(ContainSubstring(base64.StdEncoding.EncodeToString([]byte(canary))), name)
	}
	for _, problem := range b.Problems() {
		g.Expect(problem).NotTo(ContainSubstring(canary))
	}
}

// TestNothingSecretIsInAnyFieldOfAnObject puts the values of Secrets into every field.
func TestNothingSecretIsInAnyFieldOfAnObject(t *testing.T) {
	t.Parallel()
	data, text := planted()
	for _, object := range collected() {
		t.Run(fmt.Sprintf("%T", object), func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			plant(reflect.ValueOf(object).Elem(), text, 0)
			content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(fmt.Sprint(content)).To(ContainSubstring(canary), "it was planted")
			b := newBundle()
			b.redactor.Learn(data)
			g.Expect(b.addObjects("object.yaml", content)).To(Succeed())
			expectNoCanary(g, b)
			g.Expect(string(b.files["object.yaml"])).To(ContainSubstring("begin"), "the rest is there")
		})
	}
}

func TestNothingSecretIsInATextOrAProblem(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	data, text := planted()
	b := newBundle()
	b.redactor.Learn(data)
	b.addText("manager.log", []byte("first line\n"+text+"\nlast line\n"))
	b.addText(string(data["foreign"])+".log", []byte("x"))
	b.lack("the log", errors.New(text))
	expectNoCanary(g, b)
	g.Expect(string(b.files["manager.log"])).To(And(HavePrefix("first line\nbegin"), HaveSuffix(" end\nlast line\n")))
}

// TestOfSecretsTheKeysAreLeft also repeats the values in the annotations of a Secret.
func TestOfSecretsTheKeysAreLeft(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	data, text := planted()
	secret := &corev1.Secret{Data: data}
	secret.Name = "agora"
	secret.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": text, "other": text}
	b := newBundle()
	g.Expect(b.addObjects("secrets.yaml", keysOf(secret))).To(Succeed(), "nothing was learned")
	expectNoCanary(g, b)
	g.Expect(string(b.files["secrets.yaml"])).To(And(ContainSubstring("name: agora"), ContainSubstring("customerSecret: '[redacted]'"), Not(ContainSubstring("annotations"))))
}

func TestAnArchiveIsTheSameForTheSame(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	written := func() []byte {
		b := newBundle()
		for _, name := range []string{"b", "a", "c"} {
			b.addText(name, []byte(name))
		}
		var out bytes.Buffer
		g.Expect(b.Write(&out, "report", time.Unix(0, 0))).To(Succeed())
		return out.Bytes()
	}
	g.Expect(written()).To(Equal(written()))
}
