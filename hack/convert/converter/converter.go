// SPDX-License-Identifier: Apache-2.0

// Package converter is the command line that reads bodies of requests to Agora's start method
// and prints the manifests that start the same recordings. It prints a CloudRecording for each
// body, Secrets for the secrets in it, and a CloudRecordingProfile for what several bodies
// share.
package converter

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"cloudrecording.dev/operator/hack/convert/conversion"
)

const usage = `Usage: COMMAND --app-id ID [flags] [FILE]
       COMMAND --app-id ID [flags] FOLDER
       COMMAND --app-id ID [flags] FILE FILE...

Reads the body of a request to Agora's start method,
{"cname": ..., "uid": ..., "clientRequest": {...}}, from FILE, or from standard
input if FILE is - or absent. Prints a CloudRecording and its Secrets as YAML:

  COMMAND --app-id ID --name lesson-42 \
    --acquire acquire.json start.json >lesson-42.yaml
  kubectl apply -f lesson-42.yaml

A folder, or several files, become a CloudRecordingProfile with what all bodies
share, and a short CloudRecording for each body:

  COMMAND --app-id ID lessons/ >lessons.yaml

- Only files named *.json directly in the folder are read. NAME.acquire.json is
  the body of acquire that belongs to NAME.json.
- The recordings are named after the files, and the profile after the folder.
  --profile gives the profile another name. With it, a single file becomes a
  profile and a recording too.
- Each mode gets a profile of its own. --mode applies to all bodies: put those
  that need it into a folder of their own.
- A recording takes a top-level field of its spec, such as start or storage,
  from the profile as a whole. If the bodies differ in such a field, each
  recording has that field itself, and a note says what differs.
- The folder in the bucket is divided: the part that all share is in the
  profile, and the rest in the fileNamePrefix of each recording.
- Tokens are left out, because each is valid for one channel and for 24 hours at
  most. The operator mints them from the App Certificate of the project, which
  you put into a Secret. --keep-tokens keeps them.

Secrets in a body (token, secret, salt, accessKey, secretKey, stsToken, rtmpUrl)
go into the printed Secrets only: keep the output as safe as the bodies. Members
of clientRequest without a field of their own become spec.start.rawParameters.
Members without effect at Agora are left out. A body that cannot be converted,
or whose manifest the API server would refuse, is refused with a message that
says what to do. Notes on standard error say what was guessed, changed or left
out.

A recording starts as soon as it is applied. To start it at a certain time, add
a spec.window.

If your script calls acquire with more members than scene, pass the body of that
request with --acquire. Its resourceExpiredHour, region and excludeResourceIds
become fields of spec.start, and others, such as regionAffinity, become
rawParameters.

The body does not hold the customer ID and secret, so the Secret with them is
not printed. Create it with the name that --credentials gives. If tokens are to
be minted, also create the one that --app-certificate names:

  kubectl create secret generic agora-credentials \
    --from-literal=customerId=... --from-literal=customerSecret=...
  kubectl create secret generic agora-app-certificate \
    --from-literal=appCertificate=...

Flags:`

// The default names of objects.
const (
	defaultName           = "recording"
	defaultProfile        = "recordings"
	defaultAppCertificate = "agora-app-certificate"
)

// Settings are the flags and arguments.
type Settings struct {
	options    conversion.Options
	acquire    string
	profile    string
	keepTokens bool
	paths      []string
}

// Usage returns the usage of a command, up to its flags.
func Usage(command string) string { return strings.ReplaceAll(usage, "COMMAND", command) }

// Run converts the named files, or the input. It writes notes to messages on what was guessed,
// changed or left out.
func (s *Settings) Run(paths []string, input io.Reader, output, messages io.Writer) error {
	s.paths = paths
	if err := s.check(); err != nil {
		return err
	}
	convert := s.convertOne
	if s.makesProfile() {
		convert = s.convertTogether
	}
	manifests, notes, err := convert(input)
	for _, note := range notes {
		_, _ = fmt.Fprintln(messages, "note:", note)
	}
	if err != nil {
		return err
	}
	if _, err := output.Write(manifests); err != nil {
		return fmt.Errorf("print the manifests: %w", err)
	}
	return nil
}

// Bind adds the flags to a flag set.
func (s *Settings) Bind(flags *flag.FlagSet) {
	flags.StringVar(&s.options.AppID, "app-id", "", "the App ID in the request's URL, after /v1/apps/; required")
	flags.StringVar(&s.options.Mode, "mode", "", "the mode in the request's URL; derived from each body if possible")
	flags.StringVar(&s.acquire, "acquire", "", "the file with the body of the request to acquire; - for standard input")
	flags.StringVar(&s.options.Name, "name", "", "the name of the object, and the prefix of the names of its Secrets (default \""+defaultName+"\")")
	flags.StringVar(&s.profile, "profile", "", "the name of the profile, and the prefix of the names of the shared Secrets (default: the name of the folder, or \""+defaultProfile+"\")")
	flags.StringVar(&s.options.Namespace, "namespace", "", "the namespace of all objects; left out if empty")
	flags.StringVar(&s.options.Credentials, "credentials", "agora-credentials", "the name of the Secret with the customer ID and secret")
	flags.StringVar(&s.options.AppCertificate, "app-certificate", "",
		"the name of the Secret with the App Certificate, from which the operator mints tokens (default \""+defaultAppCertificate+"\" with a profile)")
	flags.BoolVar(&s.keepTokens, "keep-tokens", false, "keep the tokens of the bodies, each in a Secret, even with a profile")
}

// check returns an error for an invalid combination of flags.
func (s *Settings) check() error {
	switch {
	case s.options.AppID == "":
		return errors.New("--app-id is missing: it stands in the URL of the request, behind /v1/apps/")
	case s.keepTokens && s.options.AppCertificate != "":
		return errors.New("--keep-tokens keeps the tokens that --app-certificate would replace: give one of them")
	case !s.makesProfile():
		return nil
	case s.options.Name != "":
		return errors.New("--name is for one body without a profile: recordings of a profile are named after their files, and --profile names the profile")
	case s.acquire != "":
		return fmt.Errorf("--acquire is for one body without a profile: put each body of acquire beside that of start, as NAME%s beside NAME%s", acquireEnd, bodyEnd)
	default:
		return nil
	}
}

// makesProfile reports whether the recordings get a profile.
func (s *Settings) makesProfile() bool {
	return s.profile != "" || len(s.paths) > 1 || len(s.paths) == 1 && isFolder(s.paths[0])
}

// convertOne converts one body.
func (s *Settings) convertOne(input io.Reader) (manifests []byte, notes []string, err error) {
	bodies, err := s.readBodies(input)
	if err != nil {
		return nil, nil, err
	}
	if s.options.Name == "" {
		s.options.Name = defaultName
	}
	if manifests, notes, err = conversion.Convert(bodies, s.options); err != nil {
		return nil, notes, fmt.Errorf("convert the body: %w", err)
	}
	return manifests, notes, nil
}

// convertTogether converts files and folders to a profile and its recordings.
func (s *Settings) convertTogether(io.Reader) (manifests []byte, notes []string, err error) {
	sources, err := readSources(s.paths)
	if err != nil {
		return nil, nil, err
	}
	if s.options.AppCertificate == "" && !s.keepTokens {
		s.options.AppCertificate = defaultAppCertificate
	}
	if manifests, notes, err = conversion.ConvertTogether(sources, s.profileName(), s.options); err != nil {
		return nil, notes, fmt.Errorf("convert the bodies: %w", err)
	}
	return manifests, notes, nil
}

// profileName is the given name, or the name of the folder.
func (s *Settings) profileName() string {
	if s.profile != "" || len(s.paths) != 1 || !isFolder(s.paths[0]) {
		return cmp.Or(s.profile, defaultProfile)
	}
	folder, err := filepath.Abs(s.paths[0])
	if err != nil {
		return defaultProfile
	}
	return conversion.NameOf(folder, defaultProfile)
}

const standardInput = "-"

// readBodies reads the body of start from the file or from standard input, and the body of
// acquire.
func (s *Settings) readBodies(input io.Reader) (bodies conversion.Bodies, err error) {
	start := standardInput
	if len(s.paths) > 0 {
		start = s.paths[0]
	}
	if start == standardInput && s.acquire == standardInput {
		return bodies, errors.New("the standard input cannot be both bodies: give a file for one of them")
	}
	if bodies.Start, err = read(start, input); err != nil || s.acquire == "" {
		return bodies, err
	}
	bodies.Acquire, err = read(s.acquire, input)
	return bodies, err
}

func read(name string, input io.Reader) ([]byte, error) {
	if name == standardInput {
		body, err := io.ReadAll(input)
		if err != nil {
			return nil, fmt.Errorf("read the body from the standard input: %w", err)
		}
		return body, nil
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return body, nil
}
