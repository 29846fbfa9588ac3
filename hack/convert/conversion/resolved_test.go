// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/profiles"
)

// TestSamplesMeanTheSameWithAProfile resolves the recordings of all samples as the operator
// does.
func TestSamplesMeanTheSameWithAProfile(t *testing.T) {
	t.Parallel()
	var sources []Source
	for _, name := range cases(t) {
		sources = append(sources, Source{filepath.Base(name), bodiesOf(t, name)})
	}
	for name, options := range map[string]Options{"tokens minted": mintingOptions(), "tokens kept": testOptions()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkMeaning(t, sources, options)
			checkMeaning(t, lessonSources(t), options)
		})
	}
}

// TestRecordingsMeanTheSameWithAProfile does the same with random bodies.
func TestRecordingsMeanTheSameWithAProfile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		options := rapid.SampledFrom([]Options{mintingOptions(), testOptions()}).Draw(r, "options")
		var sources []Source
		for i := range rapid.IntRange(1, 5).Draw(r, "recordings") {
			sources = append(sources, Source{fmt.Sprintf("r%d.json", i), Bodies{Start: []byte(drawBody(r, i))}})
		}
		checkMeaning(r, sources, options)
	})
}

// drawBody draws a body from few values, so that several bodies share some.
func drawBody(r *rapid.T, number int) string {
	draw := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(r, label) }
	prefix := make([]string, rapid.SampledFrom([]int{0, 1, 2, 3, 17, 18}).Draw(r, "folders"))
	for i := range prefix {
		prefix[i] = draw("folder", `"x"`, `"x"`, `"y1"`)
	}
	storage := fmt.Sprintf(`"storageConfig":{"vendor":1,"region":%s,"bucket":%s,"accessKey":"a","secretKey":%s,"fileNamePrefix":[%s]%s}`,
		draw("region", "0", "1"), draw("bucket", `"b"`, `"c"`), draw("key", `"k"`, `"l"`), strings.Join(prefix, ","),
		draw("extra", ``, ``, `,"stsToken":"s","stsExpiration":1767225600`, `,"extensionParams":{"tag":"lessons","newMember":1}`, `,"newMember":1`))
	how := draw("how",
		`"recordingConfig":{"audioProfile":0},`,
		`"recordingConfig":{"audioProfile":0,"maxIdleTime":30},`,
		`"recordingConfig":{"audioProfile":0,"decryptionMode":1,"secret":"p"},`,
		`"recordingConfig":{"audioProfile":0,"decryptionMode":1,"secret":"q","newMember":[1]},`,
		`"recordingConfig":{"subscribeUidGroup":1},"snapshotConfig":{"captureInterval":5,"fileType":["jpg"]},`,
		`"extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{`+testPage+`}}]},`,
		`"extensionServiceConfig":{"extensionServices":[{"serviceName":"web_recorder_service","serviceParam":{`+testPage+`}},
			{"serviceName":"rtmp_publish_service","serviceParam":{"outputs":[{"rtmpUrl":"rtmp://example.com/s"}]}}]},`)
	token := draw("token", ``, `"token":"t",`, `"token":"u",`)
	return fmt.Sprintf(`{"cname":"channel-%d","uid":%s,"clientRequest":{%s%s%s}}`, number, draw("uid", `"1"`, `"2"`), token, how, storage)
}

// checkMeaning checks that each recording, resolved with its profile, equals the conversion of
// its body alone; that a recording does not repeat what all recordings of its profile share;
// and that each Secret is printed once and used.
func checkMeaning(t rapid.TB, sources []Source, options Options) {
	t.Helper()
	g := NewWithT(t)
	manifests, _, err := ConvertTogether(sources, "together", options)
	g.Expect(err).NotTo(HaveOccurred())
	together := readPrinted(t, manifests)
	g.Expect(together.recordings).To(HaveLen(len(sources)))
	used := map[string]bool{}
	for i, name := range recordingNames(sources) {
		options.Name = name
		alone, _, err := Convert(sources[i].Bodies, options)
		g.Expect(err).NotTo(HaveOccurred())
		single := readPrinted(t, alone)
		wanted := withSecrets(single.recordings[name], single.secrets, map[string]bool{})
		g.Expect(withSecrets(resolved(g, together, name), together.secrets, used)).To(Equal(wanted), "%s:\n%s", name, manifests)
	}
	g.Expect(used).To(HaveLen(len(together.secrets)), "each Secret is named:\n%s", manifests)
	checkNothingTwice(g, together)
}

// resolved returns the spec of a recording, resolved with its profile.
func resolved(g Gomega, all printed, name string) members {
	recording, profile := &v1alpha1.CloudRecording{}, &v1alpha1.CloudRecordingProfile{}
	recording.Name = name
	g.Expect(convertInto(all.recordings[name], &recording.Spec)).To(Succeed())
	g.Expect(all.profiles).To(HaveKey(recording.Spec.ProfileRef.Name))
	g.Expect(convertInto(all.profiles[recording.Spec.ProfileRef.Name], &profile.Spec)).To(Succeed())
	complete := profiles.Complete(recording, profile)
	complete.Spec.ProfileRef = nil
	spec := members{}
	g.Expect(convertInto(complete.Spec, &spec)).To(Succeed())
	return spec
}

func convertInto(from, to any) error {
	encoded, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return json.Unmarshal(encoded, to)
}

// withSecrets replaces the names of Secrets in a spec by their values, and records the names.
// The spec has the form of the API.
func withSecrets(spec members, secrets map[string]map[string]string, used map[string]bool) any {
	var typed v1alpha1.CloudRecordingSpec
	var tree any
	if convertInto(spec, &typed) != nil || convertInto(typed, &tree) != nil {
		return nil
	}
	return replaceSecrets(tree, secrets, used)
}

func replaceSecrets(value any, secrets map[string]map[string]string, used map[string]bool) any {
	switch value := value.(type) {
	case members:
		if name, isText := value["name"].(string); isText && len(value) == 1 && secrets[name] != nil {
			used[name] = true
			return secrets[name]
		}
		for name, inner := range value {
			value[name] = replaceSecrets(inner, secrets, used)
		}
	case []any:
		for i, inner := range value {
			value[i] = replaceSecrets(inner, secrets, used)
		}
	}
	return value
}

func checkNothingTwice(g Gomega, all printed) {
	contents := map[string]bool{}
	for name, values := range all.secrets {
		content := encode(values)
		g.Expect(contents).NotTo(HaveKey(content), name)
		contents[content] = true
	}
	said := map[string]map[string]int{}
	users := map[string]int{}
	for name, recording := range all.recordings {
		reference, _ := recording["profileRef"].(members)
		profile, _ := reference["name"].(string)
		users[profile]++
		for field, value := range recording {
			if field != "profileRef" && field != "cname" && field != prefixField {
				g.Expect(all.profiles[profile]).NotTo(HaveKey(field), name)
				said[profile+" "+field] = counted(said[profile+" "+field], encode(value))
			}
		}
	}
	for profile, recordings := range users {
		for what, values := range said {
			for value, count := range values {
				g.Expect(strings.HasPrefix(what, profile+" ") && count == recordings).To(BeFalse(), "all recordings say %s: %s", what, value)
			}
		}
	}
}

func counted(counts map[string]int, value string) map[string]int {
	if counts == nil {
		counts = map[string]int{}
	}
	counts[value]++
	return counts
}
