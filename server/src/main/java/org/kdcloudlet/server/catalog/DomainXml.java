package org.kdcloudlet.server.catalog;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.OsFamily;

/**
 * Reads from libvirt's description of a guest (libvirt.org/formatdomain.html) what hardware it had. The text comes from
 * elsewhere: no document type, no entities, nothing deep, and what is not understood is the reference's default.
 */
final class DomainXml {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_TEXT = 100;
    private static final long KIB = 1024;
    /** Bytes of libvirt's units of memory; without one it is KiB. */
    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("b", 1L),
            Map.entry("bytes", 1L),
            Map.entry("kb", 1000L),
            Map.entry("k", KIB),
            Map.entry("kib", KIB),
            Map.entry("mb", 1_000_000L),
            Map.entry("m", KIB * KIB),
            Map.entry("mib", KIB * KIB),
            Map.entry("gb", 1_000_000_000L),
            Map.entry("g", KIB * KIB * KIB),
            Map.entry("gib", KIB * KIB * KIB));

    private final MachineSpec defaults = GuestHardware.ofTheReference().machine();
    private final List<String> notes = new ArrayList<>();
    private final Deque<String> path = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private long memoryUnit = KIB;
    private int memoryMib = defaults.memoryMib();
    private int cpus = defaults.cpus();
    private Firmware firmware = Firmware.BIOS;
    private boolean inDisk;
    private Optional<String> bus = Optional.empty();
    private Optional<String> networkCard = Optional.empty();

    private DomainXml() {}

    /**
     * @throws XMLStreamException when it is not such a description
     */
    static GuestHardware read(byte[] xml) throws XMLStreamException {
        DomainXml domain = new DomainXml();
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text(xml)));
        try {
            domain.readAll(reader);
        } finally {
            reader.close();
        }
        return domain.hardware();
    }

    /** Decoded here: the parser prints to standard error what is not UTF-8. */
    private static String text(byte[] xml) throws XMLStreamException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(xml))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new XMLStreamException("It is not UTF-8", e);
        }
    }

    private void readAll(XMLStreamReader reader) throws XMLStreamException {
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> begin(reader);
                case XMLStreamConstants.CHARACTERS -> {
                    if (text.length() < MAX_TEXT) {
                        text.append(reader.getText(), 0, Math.min(reader.getTextLength(), MAX_TEXT));
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> end();
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                    throw new XMLStreamException("It has a document type");
                default -> {}
            }
        }
    }

    private void begin(XMLStreamReader reader) throws XMLStreamException {
        path.addLast(reader.getLocalName());
        if (path.size() > MAX_DEPTH
                || (path.size() == 1 && !reader.getLocalName().equals("domain"))) {
            throw new XMLStreamException("It does not describe a guest");
        }
        text.setLength(0);
        switch (String.join("/", path)) {
            case "domain/memory" -> {
                String unit = attribute(reader, "unit").orElse("kib").toLowerCase(Locale.ROOT);
                memoryUnit = UNITS.getOrDefault(unit, 0L);
            }
            case "domain/os" ->
                attribute(reader, "firmware").filter("efi"::equals).ifPresent(efi -> uefi());
            case "domain/devices/disk" ->
                inDisk = attribute(reader, "device").orElse("disk").equals("disk");
            case "domain/devices/disk/target" -> {
                if (inDisk && bus.isEmpty()) {
                    bus = attribute(reader, "bus");
                }
            }
            case "domain/devices/interface/model" -> {
                if (networkCard.isEmpty()) {
                    networkCard = attribute(reader, "type");
                }
            }
            default -> {}
        }
    }

    private static Optional<String> attribute(XMLStreamReader reader, String name) {
        return Optional.ofNullable(reader.getAttributeValue(null, name));
    }

    private void uefi() {
        firmware = Firmware.UEFI;
    }

    private void end() {
        switch (String.join("/", path)) {
            case "domain/memory" -> readMemory();
            case "domain/vcpu" -> readCpus();
            case "domain/os/loader" -> {
                String loader = text.toString().toUpperCase(Locale.ROOT);
                if (loader.contains("OVMF") || loader.contains("EFI")) {
                    uefi();
                }
            }
            default -> {}
        }
        text.setLength(0);
        path.removeLast();
    }

    private void readMemory() {
        long mib = number().map(count -> count <= Long.MAX_VALUE / (KIB * KIB * KIB) ? count * memoryUnit : 0L)
                        .orElse(0L)
                / (KIB * KIB);
        if (mib >= 16 && mib <= 1_048_576) {
            memoryMib = (int) mib;
        } else {
            notes.add("Its memory is not understood; it gets " + memoryMib + " MiB.");
        }
    }

    private void readCpus() {
        long count = number().orElse(0L);
        if (count >= 1 && count <= 64) {
            cpus = (int) count;
        } else {
            notes.add("Its number of CPUs is not understood; it gets " + cpus + ".");
        }
    }

    private Optional<Long> number() {
        String digits = text.toString().strip();
        return digits.matches("[0-9]{1,15}") ? Optional.of(Long.parseLong(digits)) : Optional.empty();
    }

    private GuestHardware hardware() {
        boolean virtio = bus.equals(Optional.of("virtio"));
        boolean windows = networkCard.equals(Optional.of("rtl8139"));
        if (!virtio && bus.isPresent() && !bus.get().equals("ide")) {
            notes.add("Its disk was on another bus than IDE or virtio; it gets IDE.");
        }
        if (virtio && networkCard.isPresent() && !networkCard.get().equals("virtio")) {
            notes.add("Its network card was another than virtio; it gets virtio.");
        } else if (!virtio
                && networkCard.isPresent()
                && !networkCard.get().equals("virtio")
                && !networkCard.get().equals("rtl8139")) {
            notes.add("Its network card was another than virtio or rtl8139; it gets virtio.");
        }
        // Only Windows guests of the reference have an rtl8139 (spec/csvm.md).
        OsFamily family = windows ? OsFamily.WINDOWS : OsFamily.LINUX;
        DeviceSet devices = virtio ? DeviceSet.VIRTIO : DeviceSet.LEGACY;
        return new GuestHardware(new MachineSpec(memoryMib, cpus, family, firmware, devices), notes);
    }
}
