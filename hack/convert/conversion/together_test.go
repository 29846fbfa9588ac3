// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

func mintingOptions() Options {
	options := testOptions()
	options.AppCertificate = "agora-app-certificate"
	return options
}

// lessonSources returns the bodies in the folder of sample lessons.
func lessonSources(t *testing.T) (sources []Source) {
	t.Helper()
	g := NewWithT(t)
	files, err := filepath.Glob(filepath.Join("testdata", "lessons", "*.json"))
	g.Expect(err).NotTo(HaveOccurred())
	for _, file := range files {
		if name := strings.TrimSuffix(file, ".json"); !strings.HasSuffix(name, ".acquire") {
			sources = append(sources, Source{filepath.Base(file), bodiesOf(t, name)})
		}
	}
	g.Expect(sources).To(HaveLen(5))
	return sources
}

// sourcesOf names bodies of start a.json, b.json and so on.
func sourcesOf(bodies ...string) (sources []Source) {
	for i, body := range bodies {
		sources = append(sources, Source{File: string(rune('a'+i)) + ".json", Bodies: Bodies{Start: []byte(body)}})
	}
	return sources
}

// TestProfileAndShortRecordings compares the output with a golden file. UPDATE=1 writes it.
func TestProfileAndShortRecordings(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	manifests, _, err := ConvertTogether(lessonSources(t), "lessons", mintingOptions())
	g.Expect(err).NotTo(HaveOccurred())
	wanted := filepath.Join("testdata", "lessons.yaml")
	if os.Getenv("UPDATE") != "" {
		g.Expect(os.WriteFile(wanted, manifests, 0o600)).To(Succeed())
	}
	content, err := os.ReadFile(wanted)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(manifests)).To(Equal(string(content)))
}

func TestALessonIsNoLongerThanTenLines(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	options := mintingOptions()
	options.Namespace = "school"
	manifests, _, err := ConvertTogether(lessonSources(t), "lessons", options)
	g.Expect(err).NotTo(HaveOccurred())
	lessons := 0
	for _, manifest := range strings.Split(string(manifests), "---\n") {
		if strings.Contains(manifest, "\n  cname: lesson-") {
			lessons++
			g.Expect(strings.Count(manifest, "\n")).To(BeNumerically("<=", 10), manifest)
		}
	}
	g.Expect(lessons).To(Equal(3))
}

// togetherBody is a body of mode mix for a channel, with a token.
func togetherBody(cname, uid, token, config, prefix string) string {
	return fmt.Sprintf(`{"cname":%q,"uid":%q,"clientRequest":{"token":%q,"recordingConfig":{"audioProfile":0%s},
		"storageConfig":{"vendor":1,"region":0,"bucket":"b","accessKey":"s3cr3t-a","secretKey":"s3cr3t-k","fileNamePrefix":%s}}}`, cname, uid, token, config, prefix)
}

// TestWhatRecordingsShare checks what is in the profile of two recordings, and what remains in
// each.
func TestWhatRecordingsShare(t *testing.T) {
	t.Parallel()
	seventeen := `["x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x"]`
	for name, test := range map[string]struct {
		first, second string
		keepTokens    bool
		// profile, recording and secrets must match the profile, the recording of the second
		// body, and the names of the Secrets.
		profile, recording types.GomegaMatcher
		secrets            []string
	}{
		"all but the channel": {
			first: togetherBody("a", "1", "s3cr3t-1", "", `["x","y"]`), second: togetherBody("b", "1", "s3cr3t-2", "", `["x","y"]`),
			profile:   And(HaveKey("uid"), HaveKey("mode"), HaveKey("appId"), HaveKey("credentialsSecretRef"), HaveKey("start"), HaveKey("storage")),
			recording: And(HaveLen(2), HaveKey("profileRef"), HaveKey("cname")),
			secrets:   []string{"together-bucket"},
		},
		"not the user ID": {
			first: togetherBody("a", "1", "s3cr3t-1", "", `[]`), second: togetherBody("a", "2", "s3cr3t-2", "", `[]`),
			profile:   And(Not(HaveKey("uid")), HaveKey("start"), HaveKey("storage")),
			recording: And(HaveLen(3), HaveKeyWithValue("uid", "2")),
			secrets:   []string{"together-bucket"},
		},
		"not tokens that are kept": {
			first: togetherBody("a", "1", "s3cr3t-1", "", `[]`), second: togetherBody("b", "1", "s3cr3t-2", "", `[]`), keepTokens: true,
			profile:   And(Not(HaveKey("start")), HaveKey("storage")),
			recording: HaveKeyWithValue("start", HaveKeyWithValue("tokenSecretRef", HaveKeyWithValue("name", "b-token"))),
			secrets:   []string{"together-bucket", "a-token", "b-token"},
		},
		"not the password of a channel": {
			first:     togetherBody("a", "1", "t", `,"decryptionMode":1,"secret":"s3cr3t-1"`, `[]`),
			second:    togetherBody("b", "1", "t", `,"decryptionMode":1,"secret":"s3cr3t-2"`, `[]`),
			profile:   Not(HaveKey("start")),
			recording: HaveKey("start"),
			secrets:   []string{"together-bucket", "a-channel", "b-channel"},
		},
		"the password of all channels": {
			first:     togetherBody("a", "1", "t", `,"decryptionMode":1,"secret":"s3cr3t"`, `[]`),
			second:    togetherBody("b", "1", "t", `,"decryptionMode":1,"secret":"s3cr3t"`, `[]`),
			profile:   HaveKey("start"),
			recording: HaveLen(2),
			secrets:   []string{"together-bucket", "together-channel"},
		},
		"what folders begin with": {
			first: togetherBody("a", "1", "t", "", `["x","y","z"]`), second: togetherBody("b", "1", "t", "", `["x","z"]`),
			profile:   HaveKeyWithValue("storage", HaveKeyWithValue("fileNamePrefix", ConsistOf("x"))),
			recording: And(Not(HaveKey("storage")), HaveKeyWithValue("fileNamePrefix", ConsistOf("z"))),
			secrets:   []string{"together-bucket"},
		},
		"a folder that holds the other": {
			first: togetherBody("a", "1", "t", "", `["x","y"]`), second: togetherBody("b", "1", "t", "", `["x"]`),
			profile:   HaveKeyWithValue("storage", HaveKeyWithValue("fileNamePrefix", ConsistOf("x"))),
			recording: HaveLen(2),
			secrets:   []string{"together-bucket"},
		},
		"a bucket without a folder": {
			first: togetherBody("a", "1", "t", "", `["x"]`), second: togetherBody("b", "1", "t", "", `["y"]`),
			profile:   HaveKeyWithValue("storage", Not(HaveKey("fileNamePrefix"))),
			recording: HaveKeyWithValue("fileNamePrefix", ConsistOf("y")),
			secrets:   []string{"together-bucket"},
		},
		"no bucket with a folder that is too deep": {
			first: togetherBody("a", "1", "t", "", `[]`), second: togetherBody("b", "1", "t", "", seventeen),
			profile:   Not(HaveKey("storage")),
			recording: And(Not(HaveKey("fileNamePrefix")), HaveKeyWithValue("storage", HaveKeyWithValue("fileNamePrefix", HaveLen(17)))),
			secrets:   []string{"together-bucket"},
		},
		"no other bucket": {
			first:     togetherBody("a", "1", "t", "", `["x"]`),
			second:    strings.Replace(togetherBody("b", "1", "t", "", `["x"]`), `"bucket":"b"`, `"bucket":"c"`, 1),
			profile:   Not(HaveKey("storage")),
			recording: HaveKeyWithValue("storage", HaveKeyWithValue("bucket", "c")),
			secrets:   []string{"together-bucket"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			options := mintingOptions()
			if test.keepTokens {
				options.AppCertificate = ""
			}
			manifests, _, err := ConvertTogether(sourcesOf(test.first, test.second), "together", options)
			g.Expect(err).NotTo(HaveOccurred())
			printed := readPrinted(t, manifests)
			g.Expect(printed.profiles).To(HaveKeyWithValue("together", test.profile))
			g.Expect(printed.recordings).To(HaveKeyWithValue("b", test.recording))
			g.Expect(printed.secretNames).To(ConsistOf(test.secrets))
		})
	}
}

func TestEachModeHasAProfile(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	manifests, _, err := ConvertTogether(lessonSources(t), "lessons", mintingOptions())
	g.Expect(err).NotTo(HaveOccurred())
	printed := readPrinted(t, manifests)
	g.Expect(printed.profiles).To(And(HaveLen(2),
		HaveKeyWithValue("lessons-mix", HaveKeyWithValue("mode", "mix")), HaveKeyWithValue("lessons-web", HaveKeyWithValue("mode", "web"))))
}

func TestNamesOfRecordings(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var sources []Source
	for _, file := range []string{"x/Lesson 42.json", "x/lesson_42.json", "y/lesson-42.JSON", "lesson-42-2.json", "...json", "録画.json", "v1.2.json"} {
		sources = append(sources, Source{File: file})
	}
	g.Expect(recordingNames(sources)).To(Equal([]string{
		"lesson-42", "lesson-42-2", "lesson-42-json", "lesson-42-2-2", "recording", "recording-2", "v1-2",
	}))
}

// A shared Secret may have the name that the Secret of a single recording would have.
func TestNamesOfSharedSecrets(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	other := strings.Replace(togetherBody("c", "1", "t", "", `[]`), "s3cr3t-k", "s3cr3t-other", 1)
	third := strings.Replace(togetherBody("d", "1", "t", "", `[]`), "s3cr3t-k", "s3cr3t-third", 1)
	manifests, _, err := ConvertTogether(sourcesOf(
		togetherBody("a", "1", "t", "", `[]`), togetherBody("b", "1", "t", "", `[]`), other, other, third), "e", mintingOptions())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(readPrinted(t, manifests).secretNames).To(Equal([]string{"e-bucket-2", "e-bucket-3", "e-bucket"}))
}

func TestWhatPeopleAreToldOfSeveralBodies(t *testing.T) {
	t.Parallel()
	body := func(cname, config, prefix string) string { return togetherBody(cname, "1", "s3cr3t", config, prefix) }
	for name, test := range map[string]struct {
		bodies []string
		told   types.GomegaMatcher
	}{
		"tokens are minted": {[]string{body("a", "", `[]`), body("b", "", `[]`)},
			ContainElement(And(HavePrefix("a.json and b.json: token was left out"), ContainSubstring("the Secret agora-app-certificate, under the key appCertificate: create it")))},
		"a sentence is said once of many": {[]string{body("a", "", `[]`), body("b", "", `[]`), body("c", "", `[]`), body("d", "", `[]`), body("e", "", `[]`)},
			ContainElement(HavePrefix("a.json, b.json, c.json and 2 more: token was left out"))},
		"what keeps start out of the profile": {[]string{body("a", `,"maxIdleTime":30`, `[]`), body("b", `,"streamTypes":1`, `[]`)},
			ContainElement(HavePrefix("spec.start stands in each recording of mode mix, since they differ in spec.start.recordingConfig.maxIdleTime and spec.start.recordingConfig.streamTypes:"))},
		"what keeps storage out of the profile": {[]string{body("a", "", `[]`), strings.Replace(body("b", "", `[]`), "s3cr3t-k", "s3cr3t-o", 1)},
			ContainElement(HavePrefix("spec.storage stands in each recording of mode mix, since they differ in spec.storage.credentialsSecretRef:"))},
		"folders keep nothing out": {[]string{body("a", "", `["x"]`), body("b", "", `["y"]`)}, Not(ContainElement(ContainSubstring("stands in each recording")))},
		"one recorder twice":       {[]string{body("a", "", `[]`), body("a", "", `[]`)}, ContainElement(HavePrefix("a.json and b.json have the same cname and uid:"))},
		"two recorders":            {[]string{body("a", "", `[]`), togetherBody("a", "2", "t", "", `[]`)}, Not(ContainElement(ContainSubstring("the same cname")))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			_, told, err := ConvertTogether(sourcesOf(test.bodies...), "together", mintingOptions())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(told).To(test.told)
			g.Expect(strings.Join(told, "")).NotTo(ContainSubstring("s3cr3t"))
		})
	}
}

func TestWhatCannotBeConvertedTogether(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	manifests, _, err := ConvertTogether(sourcesOf(`[]`, channelBody(`"audioProfile":0`), channelBody(``)), "together", testOptions())
	g.Expect(err).To(MatchError(And(ContainSubstring("a.json: the body of start is not a JSON object"), ContainSubstring("c.json: the body does not show the mode"), Not(ContainSubstring("b.json")))))
	g.Expect(manifests).To(BeEmpty())

	manifests, _, err = ConvertTogether(sourcesOf(channelBody(`"audioProfile":0`)), "Lessons", testOptions())
	g.Expect(err).To(MatchError(ContainSubstring("metadata.name: a lowercase RFC 1123 subdomain")))
	g.Expect(manifests).To(BeEmpty())
}
