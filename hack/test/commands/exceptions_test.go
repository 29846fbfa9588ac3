// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"slices"
	"strings"
	"testing"
)

// exception is a block that cannot run here.
type exception struct {
	// document is the path of a document. If it is empty, the exception applies to all.
	document string
	// contains is a text that the block contains.
	contains string
	// reason completes the sentence "It is not run, since it …".
	reason string
}

// exceptions returns all exceptions. All other blocks are run.
func exceptions() []exception {
	const (
		signed   = "needs a release that was published and signed, and the internet"
		grepping = "finds something only where something is wrong"
	)
	return []exception{
		{"", "make test ", "is what runs this: CI runs it"},
		{"", "make demo", "is a tour of minutes, for a person to look at"},
		{"", "crane push", "needs a release that was built, which takes minutes, and a registry"},
		{"", "cosign verify", signed},
		{"config/prometheus/README.md", "| grep", grepping},
	}
}

// arrangement is a precondition of a block that the document cannot establish.
type arrangement struct {
	// document is the path of a document. If it is empty, the arrangement applies to all.
	document string
	contains string
	// before runs before the block, each time.
	before string
	// replace lists old and new texts in turn, which are replaced in the block.
	replace []string
	reason  string
}

func arrangements() []arrangement {
	const alerts = "config/prometheus/README.md"
	return []arrangement{
		{
			contains: "go run ./hack/convert", reason: "the bodies of requests are the reader's",
			before: `mkdir -p lessons
for name in a b; do
  echo '{"cname":"'$name'","uid":"527841","clientRequest":{
    "recordingConfig":{"channelType":1,"transcodingConfig":{"width":640,"height":360,"fps":15,"bitrate":500}},
    "storageConfig":{"vendor":1,"region":0,"bucket":"recordings","accessKey":"a-key","secretKey":"its-secret"}}}' >lessons/$name.json
done
cp lessons/a.json body.json`,
			replace: []string{"--app-id ID", "--app-id 3c1f5f6de0a4421c9e3c1f5f6de0a442"},
		},
		{
			contains: "get configmap -n cloudrecording-system cloudrecording-unowned", reason: "the operator writes it when it hears of a recording that nobody has",
			before: "kubectl get configmap --namespace cloudrecording-system cloudrecording-unowned || kubectl create configmap cloudrecording-unowned --namespace cloudrecording-system",
		},
		{
			contains: "make undeploy", reason: "the text says that schedules and recordings have to be deleted before",
			before: "kubectl delete crecs,crec --all --all-namespaces",
		},
		{
			document: alerts, contains: "NAME", reason: "each section is for recordings that there are, whatever the one before has deleted",
			before: `kubectl get crec lesson-42 || {
  kubectl get secret agora-credentials || kubectl create -f config/samples/secrets.yaml
  kubectl apply -f config/samples/profile.yaml -f config/samples/lesson.yaml
}`,
			replace: []string{
				"secret NAME -n NAMESPACE", "secret agora-credentials -n default", "NAME -n NAMESPACE", "lesson-42 -n default",
				"NAMESPACE:NAME", "default:default", "namespace NAMESPACE", "namespace default",
			},
		},
	}
}

// program is a program that is not on every machine, or that cannot work here.
type program struct {
	name string
	// script replaces the program.
	script string
	reason string
}

func programs() []program {
	return []program{
		{"docker", "#!/bin/sh\n[ \"$1\" = push ] || [ -e Dockerfile ]\n", "an image is built by a daemon, and pushed to a registry"},
	}
}

// alternative is a YAML block with a list whose entries belong to different objects.
type alternative struct{ contains, reason string }

func alternatives() []alternative {
	return []alternative{
		{"serviceParam.newMember", "one is for the recording of a channel, and one for that of a page, which no object is both"},
	}
}

func exceptionFor(block Block) (exception, bool) {
	for _, exception := range exceptions() {
		if exception.matches(block) {
			return exception, true
		}
	}
	return exception{}, false
}

func (e exception) matches(block Block) bool {
	return (e.document == "" || e.document == block.Document) && strings.Contains(block.Text, e.contains)
}

func arrangementsFor(block Block) (found []arrangement) {
	for _, arrangement := range arrangements() {
		if arrangement.matches(block) {
			found = append(found, arrangement)
		}
	}
	return found
}

func (a arrangement) matches(block Block) bool {
	return (a.document == "" || a.document == block.Document) && strings.Contains(block.Text, a.contains)
}

// TestEveryRowIsForABlock checks that every row still applies to a block.
func TestEveryRowIsForABlock(t *testing.T) {
	t.Parallel()
	var commands, manifests []Block
	for _, document := range readDocuments(t) {
		commands = append(commands, document.of("sh")...)
		manifests = append(manifests, document.of("yaml")...)
	}
	expect := func(reason, contains string, blocks []Block, matches func(Block) bool) {
		t.Helper()
		if reason == "" {
			t.Errorf("the row of %q has no reason", contains)
		}
		if !slices.ContainsFunc(blocks, matches) {
			t.Errorf("no block contains %q: remove its row", contains)
		}
	}
	contain := func(text string) func(Block) bool {
		return func(block Block) bool { return strings.Contains(block.Text, text) }
	}
	for _, exception := range exceptions() {
		expect(exception.reason, exception.contains, commands, exception.matches)
	}
	for _, arrangement := range arrangements() {
		expect(arrangement.reason, arrangement.contains, commands, arrangement.matches)
	}
	for _, program := range programs() {
		expect(program.reason, program.name, commands, contain(program.name))
	}
	for _, alternative := range alternatives() {
		expect(alternative.reason, alternative.contains, manifests, contain(alternative.contains))
	}
}
