// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
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
)

// bodies returns the names of the bodies that are tried.
func bodies(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no bodies: %v", err)
	}
	return names
}

func convertFile(t *testing.T, name string) string {
	t.Helper()
	var output, messages bytes.Buffer
	if err := run([]string{"--app-id", "3c1f5f6de0a4421c9e3c1f5f6de0a442", "--name", "lesson", name}, nil, &output, &messages); err != nil {
		t.Fatalf("%s: %v %s", name, err, messages.String())
	}
	return output.String()
}

// TestManifests compares with what was looked through once. UPDATE=1 writes it.
func TestManifests(t *testing.T) {
	for _, name := range bodies(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			g := NewWithT(t)
			manifests := convertFile(t, name)
			wanted := strings.TrimSuffix(name, ".json") + ".yaml"
			if os.Getenv("UPDATE") != "" {
				g.Expect(os.WriteFile(wanted, []byte(manifests), 0o600)).To(Succeed())
			}
			content, err := os.ReadFile(wanted)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(manifests).To(Equal(string(content)))
		})
	}
}

// TestManifestsHoldNoSecretBesideTheSecrets looks for each secret of the bodies.
func TestManifestsHoldNoSecretBesideTheSecrets(t *testing.T) {
	for _, name := range bodies(t) {
		documents := strings.Split(convertFile(t, name), "---\n")
		NewWithT(t).Expect(documents[len(documents)-1]).NotTo(ContainSubstring("s3cr3t"), name)
	}
}

// TestManifestsAreAccepted applies them to a real API server.
func TestManifestsAreAccepted(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	root, err := controlplane.ModuleRoot()
	g.Expect(err).NotTo(HaveOccurred())
	cluster, err := controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{filepath.Join(root, "config", "crd", "bases")}})
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(cluster.Stop()).To(Succeed()) }()
	scheme := runtime.NewScheme()
	g.Expect(corev1.AddToScheme(scheme)).To(Succeed())
	g.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	api, err := client.New(cluster.Config, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	for _, name := range bodies(t) {
		prefix := strings.TrimSuffix(filepath.Base(name), ".json") + "-"
		for _, document := range strings.Split(convertFile(t, name), "---\n") {
			object := &unstructured.Unstructured{}
			g.Expect(yaml.Unmarshal([]byte(document), object)).To(Succeed())
			object.SetName(prefix + object.GetName())
			object.SetNamespace("default")
			g.Expect(api.Create(ctx, object)).To(Succeed(), name)
		}
	}
}

func TestWhatCannotBeConverted(t *testing.T) {
	const storage = `"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"a","secretKey":"k"}`
	for name, test := range map[string]struct{ body, message string }{
		"no JSON":                  {`{`, "read the body as JSON"},
		"no clientRequest":         {`{"cname":"a","uid":"1"}`, "the body has no clientRequest"},
		"no storage":               {`{"clientRequest":{"recordingConfig":{"subscribeUidGroup":0}}}`, "no storageConfig"},
		"no sign of the mode":      {`{"clientRequest":{"recordingConfig":{},` + storage + `}}`, "give --mode"},
		"a config of another kind": {`{"clientRequest":{"recordingFileConfig":5,"snapshotConfig":{},` + storage + `}}`, "recordingFileConfig is not an object"},
		"a token of another kind":  {`{"clientRequest":{"token":5,"snapshotConfig":{},` + storage + `}}`, "token is not a text"},
		"a new member of storage":  {`{"clientRequest":{"snapshotConfig":{},"storageConfig":{"vendor":1,"new":1}}}`, "storageConfig.new cannot be converted"},
		"a new member of a service": {`{"clientRequest":{"extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{"new":1}}]},` +
			storage + `}}`, "there is no field"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := convert([]byte(test.body), options{appID: "a", name: "lesson"})
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(test.message)))
		})
	}
}

func TestAppIDIsNeeded(t *testing.T) {
	err := run(nil, strings.NewReader("{}"), &bytes.Buffer{}, &bytes.Buffer{})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("--app-id is missing")))
}

func FuzzConvert(f *testing.F) {
	f.Add([]byte(`{"cname":"a","uid":"1","clientRequest":{"snapshotConfig":{},"storageConfig":{"accessKey":"a"}}}`))
	f.Add([]byte(`{"clientRequest":{"extensionServiceConfig":{"extensionServices":[{"serviceParam":{"outputs":[5]}}]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		manifests, err := convert(body, options{appID: "a", name: "lesson"})
		if err != nil {
			return
		}
		documents := bytes.Split(manifests, []byte("\n---\n"))
		if err := yaml.UnmarshalStrict(documents[len(documents)-1], &v1alpha1.CloudRecording{}); err != nil {
			t.Errorf("printed what is no CloudRecording: %v", err)
		}
	})
}
