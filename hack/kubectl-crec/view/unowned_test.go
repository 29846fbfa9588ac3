// SPDX-License-Identifier: Apache-2.0

package view_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications/unowned"
	"cloudrecording.dev/operator/hack/kubectl-crec/view"
)

// heard returns an unowned recording that was reported an hour ago, as changed by a test.
func heard(change func(*unowned.Recording)) unowned.Recording {
	recording := unowned.Recording{
		SID: sid, CName: "lesson-42", UID: "527841", Namespace: "school",
		FirstHeard: noon.Add(-65 * time.Minute), LastHeard: noon.Add(-5 * time.Minute), Reported: noon.Add(-time.Hour),
	}
	change(&recording)
	return recording
}

func unchanged(*unowned.Recording) {}

func ended(r *unowned.Recording) { r.SID, r.Ended = otherSID, noon.Add(-time.Hour) }

func isNew(r *unowned.Recording) {
	r.SID, r.FirstHeard, r.LastHeard, r.Reported = otherSID, noon.Add(-2*time.Minute), noon.Add(-time.Minute), time.Time{}
}

func TestUnowned(t *testing.T) {
	t.Parallel()
	several := []unowned.Recording{
		heard(unchanged), heard(ended), heard(isNew),
		heard(func(r *unowned.Recording) {
			r.Namespace, r.CName, r.UID, r.Mode, r.Began = "academy", "physics", "", v1alpha1.WebMode, noon.Add(-26*time.Hour)
		}),
		heard(func(r *unowned.Recording) {
			r.CName, r.SID, r.Mode = "it's a very long name of a channel, with spaces", strings.Repeat("s", 128), v1alpha1.IndividualMode
		}),
	}
	for name, example := range map[string]struct {
		recordings []unowned.Recording
		all        bool
	}{
		"one":     {[]unowned.Recording{heard(unchanged), heard(ended), heard(isNew)}, false},
		"several": {several[:4], false},
		"all":     {several[:4], true},
		"ended":   {[]unowned.Recording{heard(ended)}, true},
		"forged":  {[]unowned.Recording{heard(func(r *unowned.Recording) { r.CName, r.Namespace = "a\x1b[31m\nb; $(reboot)", "sch\nool" })}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var printed bytes.Buffer
			view.PrintUnowned(&printed, view.UnownedOf(example.recordings, example.all), example.all, noon)
			expectGolden(t, "unowned-"+name, printed.String())
		})
	}
	t.Run("a table stays within a terminal, whatever a notification names", func(t *testing.T) {
		t.Parallel()
		var printed bytes.Buffer
		view.PrintUnowned(&printed, view.UnownedOf(several, true), true, noon)
		table, _, _ := strings.Cut(printed.String(), "Such a recording")
		for line := range strings.Lines(table) {
			NewWithT(t).Expect(len([]rune(strings.TrimRight(line, "\n")))).To(BeNumerically("<=", view.Width), line)
		}
	})
}

func TestWhichOfTheUnownedAreShown(t *testing.T) {
	t.Parallel()
	recordings := []unowned.Recording{heard(unchanged), heard(ended), heard(isNew)}
	g := NewWithT(t)
	g.Expect(view.UnownedOf(nil, false)).To(And(BeEmpty(), Not(BeNil())), "a program gets a list")
	g.Expect(view.UnownedOf(recordings, false)).To(ConsistOf(And(
		HaveField("State", view.UnownedRunning), HaveField("Since", noon.Add(-65*time.Minute)), HaveField("Adopt", HavePrefix("kubectl crec adopt -n school ")))))
	g.Expect(view.UnownedOf(recordings, true)).To(ConsistOf(
		HaveField("State", view.UnownedRunning),
		And(HaveField("State", view.UnownedEnded), HaveField("Adopt", BeEmpty())),
		And(HaveField("State", view.UnownedNew), HaveField("Adopt", BeEmpty()))))
}

// TestACommandLineNamesTheChannelToAShell lets a shell parse the command line.
func TestACommandLineNamesTheChannelToAShell(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{
		"lesson-42", "Lesson 42", "it's", "$(id)", "`id`", "a;b", `a\b`, `"`, "a&b|c<d>e", "{x,y}", "*", "~", "#", "!!", "-n", "--", "=a", "ö",
	} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			shown := view.UnownedOf([]unowned.Recording{heard(func(r *unowned.Recording) { r.CName = channel })}, false)
			printed, err := exec.CommandContext(t.Context(), "sh", "-c", `set -- `+shown[0].Adopt+`; printf '%s\n' "$@"`).Output()
			g.Expect(err).NotTo(HaveOccurred())
			words := []string{"kubectl", "crec", "adopt", "-n", "school", "--uid", "527841", "--sid", sid, "--resource-id", "RESOURCE_ID", "--profile", "PROFILE"}
			if strings.HasPrefix(channel, "-") {
				words = append(words, "--")
			}
			g.Expect(strings.Split(strings.TrimSuffix(string(printed), "\n"), "\n")).To(Equal(append(words, channel)))
		})
	}
}
