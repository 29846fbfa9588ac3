// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
	"cloudrecording.dev/operator/hack/convert/apiserver"
)

// newAPI returns a client of a real API server. Its requests are dry runs, and unknown fields
// are refused as for kubectl.
func newAPI(t *testing.T) client.Client {
	t.Helper()
	g := NewWithT(t)
	root, err := controlplane.ModuleRoot()
	g.Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cluster, err := controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{filepath.Join(root, "config", "crd", "bases")}})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { NewWithT(t).Expect(cluster.Stop()).To(Succeed()) })
	scheme := runtime.NewScheme()
	g.Expect(corev1.AddToScheme(scheme)).To(Succeed())
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	api, err := client.New(cluster.Config, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	return client.WithFieldValidation(client.NewDryRunClient(api), "Strict")
}

// create submits a manifest to the API server.
func create(g Gomega, api client.Client, manifest string) error {
	object := &unstructured.Unstructured{}
	g.Expect(yaml.Unmarshal([]byte(manifest), object)).To(Succeed())
	object.SetNamespace("default")
	return api.Create(context.Background(), object)
}

// TestManifestsAreAccepted submits all converted manifests to a real API server.
func TestManifestsAreAccepted(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	accept := func(name string, bodies Bodies, mode string) {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			options := testOptions()
			options.Mode = mode
			manifests, _, err := Convert(bodies, options)
			g.Expect(err).NotTo(HaveOccurred())
			for _, manifest := range strings.Split(string(manifests), "---\n") {
				g.Expect(create(g, api, manifest)).To(Succeed(), manifest)
			}
		})
	}
	for _, name := range cases(t) {
		accept(filepath.Base(name), bodiesOf(t, name), "")
	}
	for name, test := range reducedBodies() {
		accept(name, Bodies{Start: []byte(test.body), Acquire: []byte(test.acquire)}, test.mode)
	}
}

// TestProfilesAndRecordingsAreAccepted submits the result of converting several bodies to a
// real API server.
func TestProfilesAndRecordingsAreAccepted(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	api := newAPI(t)
	var sources []Source
	for _, name := range cases(t) {
		sources = append(sources, Source{filepath.Base(name), bodiesOf(t, name)})
	}
	for _, options := range []Options{mintingOptions(), testOptions()} {
		for _, sources := range [][]Source{sources, lessonSources(t)} {
			manifests, _, err := ConvertTogether(sources, "lessons", options)
			g.Expect(err).NotTo(HaveOccurred())
			for _, manifest := range strings.Split(string(manifests), "---\n") {
				g.Expect(create(g, api, manifest)).To(Succeed(), manifest)
			}
		}
	}
}

// TestJudgesAgree also submits manifests that are not printed to a real API server, which must
// refuse exactly what the check refuses.
func TestJudgesAgree(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	judged := 0
	for name, test := range refusedBodies() {
		c := &conversion{options: testOptions(), start: members{}}
		spec, err := c.convert(Bodies{Start: []byte(test.body)})
		if err != nil {
			// The conversion failed before there was an object.
			continue
		}
		recording, err := c.recording(spec)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		judged++
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			refusals, err := apiserver.RefusalsOfCloudRecording(recording)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(refusals).NotTo(BeEmpty())
			g.Expect(create(g, api, string(recording))).NotTo(Succeed())
		})
	}
	NewWithT(t).Expect(judged).To(BeNumerically(">", 15))
}

// TestNamesThatCannotBe checks that the values of flags are validated.
func TestNamesThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options){
		"of the object":          func(o *Options) { o.Name = "Lesson_42" },
		"of the namespace":       func(o *Options) { o.Namespace = "a.b" },
		"of the credentials":     func(o *Options) { o.Credentials = "Agora" },
		"of the project":         func(o *Options) { o.AppID = "a b" },
		"that become too long":   func(o *Options) { o.Name = strings.Repeat("a", 250) },
		"that are not there":     func(o *Options) { o.Name = "" },
		"of no credentials":      func(o *Options) { o.Credentials = "" },
		"of an object in a path": func(o *Options) { o.Name = "a/b" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			options := testOptions()
			change(&options)
			manifests, _, err := Convert(Bodies{Start: []byte(channelBody(`"audioProfile":0`))}, options)
			g.Expect(err).To(MatchError(ContainSubstring("the API server would not take")))
			g.Expect(manifests).To(BeEmpty())
		})
	}
}
